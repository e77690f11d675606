import Mailbox
import PythonAPI

/// Executes commands and controls from other threads, and continues the tasks that wait for them.
extension LoopContext {
    /// Bytes that must move in one run to make spinning for the next commands worthwhile.
    private static let largeMove = 32 << 10

    static let drainFunction = unsafe PyFunction.noArguments("drain") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            let context = unsafe PyRef(capsule!).object(as: HostReference.self).context
            context.drain(py)
            return py.none.owned(py)
        }
    }

    /// Called when the wake-up descriptor is readable: executes what has arrived.
    private func drain(_ py: borrowing Python) {
        host.wakeup.reset()
        let deadline = MonotonicClock.now() &+ LoopContext.timeSlice
        var isDone: Bool
        if isCollecting {
            isDone = drain(until: deadline, py)
        } else {
            for table in tables { table.channel.commands.watch() }
            repeat {
                collect()
                isDone = drain(until: deadline, py)
                deliver(py)
            } while isDone && awaitMore(until: deadline, py)
            // If an application is running the loop itself, new commands do not wake it from here.
            for table in tables where table.channel.commands.unwatch() { isDone = false }
        }
        // The rest is executed in the loop's next turn.
        if !isDone { host.wakeup.signal() }
    }

    /// Spins for the next commands if they will probably arrive soon: while a large body moves, or while no application
    /// has work and spinning has succeeded lately. Waking up costs both threads more.
    ///
    /// - Returns: whether commands have arrived.
    private func awaitMore(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        var moved = 0
        for index in tables.indices {
            moved &+= tables[index].moved
            tables[index].moved = 0
        }
        let isLarge = moved >= LoopContext.largeMove
        guard isLarge ? bodySpin.shouldSpin() : isIdle && idleSpin.shouldSpin() else { return false }
        let end = min(deadline, MonotonicClock.now() &+ AdaptiveSpinPolicy.spinTime)
        let thread = DetachedThread(detaching: py)
        var isFilled = false
        repeat {
            isFilled = tables.contains { $0.channel.commands.isFilled }
        } while !isFilled && MonotonicClock.now() < end
        if isLarge { bodySpin.record(success: isFilled) } else { idleSpin.record(success: isFilled) }
        return thread.attached(for: isFilled)
    }

    /// Whether no application has work.
    private var isIdle: Bool { loaded.allSatisfy { $0.isIdle } }

    /// Executes commands and controls until a time of `MonotonicClock.now()`.
    ///
    /// - Returns: whether none is left.
    func drain(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        isDraining = true
        defer { isDraining = false }
        releaseBorrowed(py)
        // Commands are executed before controls that were submitted after them, but a channel must be attached before
        // its commands.
        for control in host.takeControls() {
            if case .attach(let channel) = control {
                tables.append(ExchangeTable(channel: channel, context: self))
            } else {
                waitingControls.append(control)
            }
        }
        var isDone = true
        for table in tables where !table.drain(until: deadline, py) { isDone = false }
        if isDone, !waitingControls.isEmpty {
            let controls = waitingControls
            waitingControls = []
            for control in controls { perform(control, py) }
        }
        if !resume(until: deadline, py) { isDone = false }
        return isDone
    }

    // MARK: - Continuing tasks

    /// Continues a task while no other one runs: after the commands that are being executed, or in another turn.
    func resume(_ runner: TaskRunner, _ py: borrowing Python) {
        resumable.append(runner)
        if !isDraining { scheduleFlush(py) }
    }

    /// Continues tasks until a time of `MonotonicClock.now()`.
    ///
    /// - Returns: whether none is left.
    func resume(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        while !resumable.isEmpty {
            let runners = resumable
            resumable.removeAll(keepingCapacity: true)
            for (index, runner) in runners.enumerated() {
                runner.continueDirectly(py)
                let now = MonotonicClock.now()
                runner.table.answers.deliverIfDue(at: now)
                if now > deadline, index + 1 < runners.count {
                    resumable.insert(contentsOf: runners[(index + 1)...], at: 0)
                    return false
                }
            }
        }
        return true
    }
}
