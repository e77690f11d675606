import Mailbox
import PythonAPI

/// What comes from other threads: commands and controls, and the tasks that go on because of them.
extension LoopContext {
    /// Bytes that have to have moved in one go for the next ones to be worth looking for.
    private static let largeMove = 32 << 10

    static let drainFunction = unsafe PyFunction.noArguments("drain") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            let context = unsafe PyRef(capsule!).object(as: HostReference.self).context
            context.drain(py)
            return py.none.owned(py)
        }
    }

    /// The wake-up descriptor is readable: carries out what has come.
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
            // An application that runs the loop itself meanwhile is not woken for what comes: this is no place to start it.
            for table in tables where table.channel.commands.unwatch() { isDone = false }
        }
        // The rest in the loop's next turn.
        if !isDone { host.wakeup.signal() }
    }

    /// Looks for the next commands without sleeping, where they are likely to be on their way: while a large body moves,
    /// and where nothing else is under way and looking has paid lately.
    /// Being woken costs both threads more than looking.
    ///
    /// - Returns: whether they have come.
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

    /// Whether no application has anything to do.
    private var isIdle: Bool { present.allSatisfy { $0.isIdle } }

    /// Carries out commands and controls until a time of `MonotonicClock.now()`.
    ///
    /// - Returns: whether nothing is left.
    func drain(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        isDraining = true
        defer { isDraining = false }
        releaseBorrowed(py)
        // Commands go before the controls that were asked for after them, but a channel has to be there for its commands.
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

    // MARK: - Tasks that go on

    /// Lets a task go on while no other one runs: after the commands that are being carried out, or in a turn of its own.
    func resume(_ runner: TaskRunner, _ py: borrowing Python) {
        resumable.append(runner)
        if !isDraining { scheduleFlush(py) }
    }

    /// Lets tasks go on until a time of `MonotonicClock.now()`.
    ///
    /// - Returns: whether none is left.
    func resume(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        while !resumable.isEmpty {
            let runners = resumable
            resumable.removeAll(keepingCapacity: true)
            for (index, runner) in runners.enumerated() {
                runner.goOn(py)
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
