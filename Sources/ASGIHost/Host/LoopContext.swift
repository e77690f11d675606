import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// All state of the event loop's thread: the loop, the applications, and the exchanges of all clients.
///
/// Each host has one. Not `Sendable`, because only code that the loop calls may use it.
final class LoopContext {
    let names: Names
    let bootstrap: Bootstrap
    let awaitables: PyAwaitableType
    let coroutines: PyCoroutineType
    let tasks: TaskStarter
    let loop: PyKept
    let scopes: ScopeBuilder
    let values: Values
    let headers: HeaderReader
    let disconnected: PyKept
    let exchangeVariable: PyKept
    private let createFuture: PyKept
    let flushFunction: PyKept
    /// Whether other threads have logged records, and the function that delivers them.
    let pendingLogFlag = PendingLogFlag()
    let deliverRecords: PyKept
    // Strong, although it lives as long as the process, because each use of a weak or unowned reference retains it.
    let host: Host
    /// The objects whose memory clients have finished reading.
    let releaseQueue: ReleaseQueue

    /// The applications by number; `nil` for one that was closed and released. Numbers are not reused, so an old number
    /// never means another application.
    private(set) var applications: [Application?] = []

    /// The application with a number; `nil` if it is unknown or closed.
    @inline(__always)
    func application(_ number: Int) -> Application? { number < applications.count ? applications[number] : nil }
    /// The loaded applications, in no order.
    private(set) var loaded: [Application] = []
    /// The exchanges of each client.
    var tables: [ExchangeTable] = []
    /// The tables of detached clients whose exchanges still run.
    var detachedTables: [ExchangeTable] = []
    /// Bytes that may be lent to the send windows of fast clients.
    var windowBudget = SendWindow.budget
    /// Controls that wait until earlier commands are executed.
    var waitingControls: [Control] = []
    /// Whether this process is a child that an application has made with `os.fork()`. It shares the loop's descriptors,
    /// and must not run the loop.
    var isForked = false
    /// Whether the code that runs now delivers the answers at its end.
    var isCollecting = false
    var isDraining = false
    var isFlushScheduled = false
    /// The thread that runs the loop.
    private var thread = pthread_self()
    /// The tasks that can continue.
    var resumable: [TaskRunner] = []

    /// Nanoseconds for which commands are executed without a pause. Then the loop's other callbacks get a turn, and
    /// JavaScript on Node's thread.
    static let timeSlice: UInt64 = 500_000
    /// Whether to spin for the next commands while no application has work.
    var idleSpin = AdaptiveSpinPolicy()
    /// Whether to spin for the next commands while a large body moves.
    var bodySpin = AdaptiveSpinPolicy()

    init(host: Host, bootstrap: Bootstrap, isHosted: Bool, _ py: borrowing Python) throws(PyError) {
        self.host = host
        releaseQueue = ReleaseQueue { [wakeup = host.wakeup] in wakeup.signal() }
        let names = try Names(py)
        let loop: PyOwned
        if host.isMain {
            try ProcessSharing.shareSignals(bootstrap, waking: host.wakeup, py)
            loop = try bootstrap.start(
                executable: host.installation.executable, loop: host.loopChoice, isHosted: isHosted, py)
        } else {
            loop = try bootstrap.call("further_loop", try PyOwned.string(host.loopChoice, py), py)
        }
        self.names = names
        self.bootstrap = bootstrap
        self.loop = loop.kept()
        awaitables = try PyAwaitableType(name: "python_node.Awaitable", py)
        coroutines = try PyCoroutineType(name: "python_node.Coroutine", py)
        tasks = try TaskStarter(
            loop: self.loop, names: names, bootstrap: bootstrap, coroutines: coroutines, py)
        scopes = ScopeBuilder(names: names, bootstrap: bootstrap)
        values = try Values(names, py)
        headers = try HeaderReader(py)
        disconnected = try bootstrap.object("ClientDisconnected", py).kept()
        createFuture = try self.loop.attribute("create_future", py).kept()
        exchangeVariable = try bootstrap.object("exchange_variable", py).call(py).kept()
        // The capsule keeps this object alive; both live as long as the process.
        let capsule = try PyOwned.capsule(HostReference(host), py)
        flushFunction = try LoopContext.flushed.bound(to: capsule, py).kept()
        let log = try LoopContext.logFunction.bound(to: capsule, py)
        let note = try pendingLogFlag.function(py)
        let capture = try PyOwned.tuple(count: 4, py)
        capture.fillTuple(0, with: self.loop.owned(py), py)
        capture.fillTuple(1, with: exchangeVariable.owned(py), py)
        capture.fillTuple(2, with: log, py)
        capture.fillTuple(3, with: note, py)
        deliverRecords = try bootstrap.call("capture_logs", with: capture, py).kept()
        if host.isMain {
            try ProcessSharing.shareEnvironment(bootstrap, py)
            try GIL.watch(bootstrap, py)
        }
        let forked = try LoopContext.forkedFunction.bound(to: capsule, py)
        _ = try bootstrap.call("watch_forks", forked, py)
        _ = try bootstrap.object("watch", py).call(self.loop, try host.lagMonitor.function(py), py)
    }

    /// Adds the wake-up descriptor to the event loop.
    func listen(_ py: borrowing Python) throws(PyError) {
        let capsule = try PyOwned.capsule(HostReference(host), py)
        let drain = try LoopContext.drainFunction.bound(to: capsule, py)
        let descriptor = try PyOwned.int(Int(host.wakeup.readEnd), py)
        _ = try loop.attribute("add_reader", py).call(descriptor, drain, py)
    }

    /// Runs the event loop until it is closed. If an application calls `loop.stop()`, it is started again.
    func runForever(_ py: borrowing Python) throws(PyError) {
        thread = pthread_self()
        while try !loop.attribute("is_closed", py).call(py).isTrue(py) {
            try surviving(py) { py throws(PyError) in _ = try loop.attribute("run_forever", py).call(py) }
        }
    }

    /// Runs the loop, and again after an application's SystemExit or KeyboardInterrupt, which end asyncio's loop: other
    /// applications still need it. The task reports the exception itself.
    func surviving(
        _ py: borrowing Python, _ body: (borrowing Python) throws(PyError) -> Void
    ) throws(PyError) {
        do throws(PyError) {
            try body(py)
        } catch {
            if isForked { endChild(.raises, py) }
            let isExit =
                PyError.matches(.systemExit, py)
                || PyError.matches(.keyboardInterrupt, py)
            guard isExit else { throw error }
            PyError.clear(py)
        }
    }

    /// Assigns a number to a loaded application.
    func add(_ application: Application) {
        while applications.count <= application.number { applications.append(nil) }
        applications[application.number] = application
        loaded.append(application)
    }

    /// Releases a closed application that has no exchanges.
    func forget(_ application: Application, _ py: borrowing Python) {
        guard let index = loaded.firstIndex(where: { $0 === application }) else { return }
        loaded.swapAt(index, loaded.count - 1)
        loaded.removeLast()
        applications[application.number] = nil
    }

    /// The table of an attached channel.
    func table(of channel: Host.Channel) -> ExchangeTable? { tables.first { $0.channel === channel } }

    /// Whether the calling thread runs the loop.
    var isOnCurrentThread: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Reports an exception that no caller can handle. SystemExit and KeyboardInterrupt were reported already.
    func report(_ py: borrowing Python) {
        do throws(PyError) {
            try surviving(py) { _ throws(PyError) in throw .pending }
        } catch {
            PyError.writeUnraisable(py)
        }
    }

    // MARK: - Futures

    /// Makes a future of the loop.
    func future(_ py: borrowing Python) throws(PyError) -> PyOwned { try createFuture.call(py) }

    /// Completes a future unless it is done, for instance because its task was cancelled.
    func complete(_ future: borrowing some PyAny, _ py: borrowing Python) {
        do throws(PyError) {
            if try future.callMethod(names.done, py).isTrue(py) { return }
            _ = try future.callMethod(names.setResult, py.none, py)
        } catch {
            PyError.writeUnraisable(future, py)
        }
    }
}
