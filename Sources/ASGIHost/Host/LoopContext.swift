import CPythonAPI
import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Everything that lives on the event loop's thread: the loop, the applications and the exchanges of all clients.
///
/// There is one. It is not `Sendable`: only code that the loop calls reaches it.
final class LoopContext {
    let names: Names
    let bootstrap: Bootstrap
    let awaitables: PyAwaitableType
    let coroutines: PyCoroutineType
    let tasks: TaskStarter
    let loop: PyRef
    let scopes: ScopeBuilder
    let values: Values
    let headers: HeaderReader
    let disconnected: PyRef
    let exchangeVariable: PyRef
    private let createFuture: PyRef
    private let flushFunction: PyRef
    /// Records that were logged in other threads, and what delivers them.
    let distantRecords = DistantRecords()
    let deliverRecords: PyRef
    // Strong, although it lives as long as the process: what is not is retained at each use.
    let host: Host
    /// Bodies that clients read where the applications have them.
    let loans: LoanDesk

    /// By number; `nil` where one was closed and nothing of it is under way. Numbers are not given twice: who has an old
    /// one must not find another application.
    private(set) var applications: [Application?] = []

    /// The application with a number, if it was loaded and is not closed.
    @inline(__always)
    func application(_ number: Int) -> Application? { number < applications.count ? applications[number] : nil }
    /// Those that are there, in no order.
    private(set) var present: [Application] = []
    /// The exchanges of each client.
    var tables: [ExchangeTable] = []
    /// Those of clients that have gone, for as long as exchanges go on that do not notice it.
    var leaving: [ExchangeTable] = []
    /// Bytes that responses to clients who take everything at once may still have on their way.
    var windowBudget = SendWindow.budget
    /// Controls that wait until the commands that came before them are carried out.
    private var waitingControls: [Control] = []
    /// This process is a child that an application has made with `os.fork()`: it has the loop's descriptors too, and must
    /// not go on with it.
    var isForked = false
    /// Whoever runs this thread's code delivers the answers at its end.
    private(set) var isCollecting = false
    private var isDraining = false
    private var isFlushScheduled = false
    /// The thread that runs the loop.
    private var thread = pthread_self()
    /// Tasks that can go on.
    private var resumable: [TaskRunner] = []

    /// Nanoseconds that commands are carried out for at a time; then the loop's other callbacks have their turn, and on
    /// Node's thread JavaScript.
    static let patience: UInt64 = 500_000
    /// Bytes that have to have moved in one go for the next ones to be worth looking for.
    private static let largeMove = 32 << 10
    private var patienceToLook = Prospect()
    private var patienceForMore = Prospect()

    init(host: Host, bootstrap: Bootstrap, isHosted: Bool, _ py: borrowing Python) throws(PyError) {
        self.host = host
        loans = LoanDesk { [wakeup = host.wakeup] in wakeup.signal() }
        let names = try Names(py)
        try ProcessSharing.shareSignals(bootstrap, waking: host.wakeup, py)
        let loop = try bootstrap.start(
            executable: host.installation.executable, loop: host.loopChoice, isHosted: isHosted, py)
        self.names = names
        self.bootstrap = bootstrap
        self.loop = PyRef(loop.take())
        awaitables = try PyAwaitableType(name: "python_node.Awaitable", py)
        coroutines = try PyCoroutineType(name: "python_node.Coroutine", py)
        tasks = try TaskStarter(
            loop: self.loop, names: names, bootstrap: bootstrap, coroutines: coroutines, py)
        scopes = ScopeBuilder(names: names, bootstrap: bootstrap)
        values = try Values(names, py)
        headers = try HeaderReader(py)
        disconnected = try bootstrap.object("ClientDisconnected", py)
        createFuture = PyRef(try self.loop.attribute("create_future", py).take())
        exchangeVariable = try bootstrap.object("EXCHANGE", py)
        // The capsule keeps this object; both live as long as the process.
        let capsule = try PyOwned.capsule(HostReference(host), py)
        flushFunction = PyRef(try LoopContext.flush.bound(to: capsule, py).take())
        let log = try LoopContext.logFunction.bound(to: capsule, py)
        let note = try distantRecords.function(py)
        deliverRecords = PyRef(try bootstrap.object("capture_logs", py).call(self.loop, log, note, py).take())
        try ProcessSharing.shareEnvironment(bootstrap, py)
        let forked = try LoopContext.forkedFunction.bound(to: capsule, py)
        _ = try bootstrap.call("watch_forks", forked, py)
        _ = try bootstrap.object("watch", py).call(self.loop, try host.pulse.function(py), py)
    }

    /// Watches the wake-up descriptor.
    func listen(_ py: borrowing Python) throws(PyError) {
        let capsule = try PyOwned.capsule(HostReference(host), py)
        let drain = try LoopContext.drain.bound(to: capsule, py)
        let descriptor = try PyOwned.int(Int(host.wakeup.readEnd), py)
        _ = try loop.attribute("add_reader", py).call(descriptor, drain, py)
    }

    /// Runs the event loop until somebody closes it. One that calls `loop.stop()` ends `run_forever`: it goes on.
    func runForever(_ py: borrowing Python) throws(PyError) {
        thread = pthread_self()
        while try !loop.attribute("is_closed", py).call(py).isTrue(py) {
            try surviving(py) { py throws(PyError) in _ = try loop.attribute("run_forever", py).call(py) }
        }
    }

    /// Runs a part of the loop. An application that raises SystemExit or KeyboardInterrupt ends it, as asyncio has it;
    /// the others are still to be served. The exception itself is reported by its task.
    func surviving(
        _ py: borrowing Python, _ body: (borrowing Python) throws(PyError) -> Void
    ) throws(PyError) {
        do throws(PyError) {
            try body(py)
        } catch {
            if isForked { endChild(.raises, py) }
            let isExit =
                PyError.matches(PyRef(cpython.PyExc_SystemExit), py)
                || PyError.matches(PyRef(cpython.PyExc_KeyboardInterrupt), py)
            guard isExit else { throw error }
            PyError.clear(py)
        }
    }

    // MARK: - From the other threads

    private static let drain = PyFunction.noArguments("drain") { capsule, _ in
        Python.enter { py throws(PyError) in
            let context = PyRef(capsule!).object(as: HostReference.self).context
            context.drain(py)
            return py.none.owned(py)
        }
    }

    /// The wake-up descriptor is readable: carries out what has come.
    private func drain(_ py: borrowing Python) {
        host.wakeup.reset()
        let deadline = MonotonicClock.now() &+ LoopContext.patience
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
    ///
    /// (4 MiB in pieces of 64 KiB: 2.0 instead of 1.1 GiB/s. One request at a time: two to four times as many. Being woken
    /// costs both threads more than looking.)
    /// - Returns: whether they have come.
    private func awaitMore(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        var moved = 0
        for index in tables.indices {
            moved &+= tables[index].moved
            tables[index].moved = 0
        }
        let isLarge = moved >= LoopContext.largeMove
        guard isLarge ? patienceForMore.isWorthIt() : isIdle && patienceToLook.isWorthIt() else { return false }
        let end = min(deadline, MonotonicClock.now() &+ Prospect.time)
        let thread = DetachedThread(detaching: py)
        var isFilled = false
        repeat {
            isFilled = tables.contains { $0.channel.commands.isFilled }
        } while !isFilled && MonotonicClock.now() < end
        if isLarge { patienceForMore.learn(isFilled) } else { patienceToLook.learn(isFilled) }
        return thread.attached(for: isFilled)
    }

    /// Whether no application has anything to do.
    private var isIdle: Bool { present.allSatisfy { $0.isIdle } }

    /// An application was loaded: it has the next number.
    func add(_ application: Application) {
        applications.append(application)
        present.append(application)
    }

    /// An application was closed and nothing of it is under way: lets it go.
    func forget(_ application: Application, _ py: borrowing Python) {
        guard let index = present.firstIndex(where: { $0 === application }) else { return }
        present.swapAt(index, present.count - 1)
        present.removeLast()
        applications[application.number] = nil
    }

    /// Carries out commands and controls until a time of `MonotonicClock.now()`.
    ///
    /// - Returns: whether nothing is left.
    func drain(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        isDraining = true
        defer { isDraining = false }
        releaseLoans(py)
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

    /// Has a task go on when none runs: behind the commands that are carried out, or in a turn of its own.
    func resume(_ runner: TaskRunner, _ py: borrowing Python) {
        resumable.append(runner)
        if !isDraining { scheduleFlush(py) }
    }

    /// Lets tasks go on until a time of `MonotonicClock.now()`.
    ///
    /// - Returns: whether none is left.
    private func resume(until deadline: UInt64, _ py: borrowing Python) -> Bool {
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

    /// An exception that nobody can be told; SystemExit and KeyboardInterrupt were told already.
    func report(_ py: borrowing Python) {
        do throws(PyError) {
            try surviving(py) { _ throws(PyError) in throw .pending }
        } catch {
            PyError.writeUnraisable(nil, py)
        }
    }

    /// Answers are collected from now on, until `deliver`.
    func collect() { isCollecting = true }

    /// Delivers what was collected.
    func deliver(_ py: borrowing Python) {
        isCollecting = false
        flush(py)
    }

    /// Whether there are answers that are not delivered.
    var hasAnswers: Bool { tables.contains { !$0.answers.isEmpty } }

    /// The table of a channel that is still there.
    func table(of channel: Host.Channel) -> ExchangeTable? { tables.first { $0.channel === channel } }

    // MARK: - To the other threads

    private static let flush = PyFunction.noArguments("flush") { capsule, _ in
        Python.enter { py throws(PyError) in
            let context = PyRef(capsule!).object(as: HostReference.self).context
            context.isFlushScheduled = false
            if !context.resumable.isEmpty, !context.resume(until: MonotonicClock.now() &+ LoopContext.patience, py) {
                context.scheduleFlush(py)
            }
            context.flush(py)
            return py.none.owned(py)
        }
    }

    private func flush(_ py: borrowing Python) {
        for index in tables.indices { tables[index].answers.deliver() }
    }

    /// Somebody has written an answer: sees to it that it is delivered.
    ///
    /// While collecting, its end delivers. Otherwise (a task that has waited goes on) one delivery is scheduled
    /// behind the callbacks that are ready now, so that all their answers go together.
    @inline(__always)
    func answersWritten(_ py: borrowing Python) {
        if isCollecting || isFlushScheduled { return }
        scheduleFlush(py)
    }

    private func scheduleFlush(_ py: borrowing Python) {
        if isFlushScheduled { return }
        isFlushScheduled = true
        do throws(PyError) {
            // An application may send from any thread, and then nothing else wakes the loop.
            _ = try loop.callMethod(isHere ? names.callSoon : names.callSoonThreadsafe, flushFunction, py)
        } catch {
            // The loop is closed: deliver now.
            PyError.clear(py)
            isFlushScheduled = false
            flush(py)
        }
    }

    /// Whether this is the thread that runs the loop.
    var isHere: Bool { pthread_equal(thread, pthread_self()) != 0 }

    // MARK: - Futures

    /// A new future of the loop.
    func future(_ py: borrowing Python) throws(PyError) -> PyOwned { try createFuture.call(py) }

    /// Completes a future unless it is done (its task may have been cancelled meanwhile).
    func complete(_ future: borrowing some PyAny, _ py: borrowing Python) {
        do throws(PyError) {
            if try future.callMethod(names.done, py).isTrue(py) { return }
            _ = try future.callMethod(names.setResult, py.none, py)
        } catch {
            PyError.writeUnraisable(PyRef(future.raw), py)
        }
    }
}
