import ASGI
import CPythonAPI
import Mailbox
import PythonAPI

/// One call of an application on the event loop's thread: its scope, its task, its `receive` and `send`.
///
/// What HTTP and WebSocket have in common; what they say to each other is in the subclasses. Owned by its table until the
/// application has returned, and by Python for as long as somebody keeps `receive` or `send`.
class Exchange: PyPollable {
    /// What an awaitable waits for.
    enum Operation {
        static let receive = 0
        static let drain = 1
    }

    let slot: UInt32
    let table: ExchangeTable
    let application: Application
    // Strong, although it lives as long as the process: what is not is retained at each use. (Together 14 atomic
    // operations and 250 instructions of 13,460 a request.)
    let context: LoopContext
    /// `Command.Flag` bits.
    let flags: UInt32
    /// The HTTP response: all of an HTTP exchange, the denial of a WebSocket's.
    var cycle = HTTPCycle()

    /// The bytes of the response that are on their way.
    var window: SendWindow
    /// What the application's own task waits in, without a future.
    private var directOperation: Int?
    /// The task was told to go on and has not yet.
    private var isResumed = false
    /// What runs the application.
    private var runner: TaskRunner?
    private var receiveWaiters: [PyPointer] = []
    private var drainWaiters: [PyPointer] = []

    private var scope: PyPointer?
    private var task: PyPointer?
    private(set) var isReleased = false
    private(set) var isCancelled = false
    /// The application counts it: `Application.begin` was called.
    var isBegun = false
    /// `receive()` has said that nothing more comes.
    var isEndTold = false
    /// What `send()` has done since it last let the event loop have a turn.
    private var sendsInARow = 0

    required init(
        slot: UInt32, flags: UInt32, table: ExchangeTable, application: Application, context: LoopContext
    ) {
        self.slot = slot
        self.flags = flags
        self.table = table
        self.application = application
        window = SendWindow(highWaterMark: application.highWaterMark)
        self.context = context
        super.init()
    }

    /// Takes the scope over, until the application is called.
    func prepare(_ scope: consuming PyOwned, isHead: Bool) {
        self.scope = scope.take()
        if isHead { cycle = HTTPCycle(isHead: true) }
    }

    // MARK: - What a protocol decides

    /// Whether no message changes anything any more.
    var isOver: Bool { cycle.isOver }

    /// Whether the client has left before the end.
    var isDisconnected: Bool { cycle.isDisconnected }

    /// What `receive()` gives now, or `nil` when it has to wait.
    func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? { nil }

    /// Carries out a message of the application's.
    func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) {}

    /// A step of the cycle: `http.response.start`, or a denial's.
    func begin(status: Int, contentLength: Int?, trailers: Bool) throws(ASGIError) -> HTTPCycle.Verdict {
        try cycle.start(status: status, contentLength: contentLength, trailers: trailers)
    }

    /// The application has returned.
    func returned(_ py: borrowing Python) {}

    /// The application has raised, or was never called: whether the exchange fails because of it.
    func fail() -> Bool { cycle.fail() }

    /// The code of a request whose scope cannot be made.
    var refusalCode: String { "ERR_ASGI_INTERNAL" }

    /// Frees what the application has not taken.
    func dropInput(_ py: borrowing Python) {}

    /// A piece of a request's body has come.
    func receiveBody(_ bytes: UnsafeRawBufferPointer, end: Bool, _ py: borrowing Python) {}

    /// Bytes have come that the next message refers to: a block that is handed over.
    func receiveBlock(_ block: Batch.Block, _ py: borrowing Python) { block.release() }

    /// A WebSocket's message has come.
    func receiveMessage(_ bytes: UnsafeRawBufferPointer, isText: Bool, _ py: borrowing Python) {}

    // MARK: - The application's task

    /// Runs the application in a task of its own, until it waits or returns.
    func launch(_ py: borrowing Python) {
        context.tasks.run(TaskRunner(self), py)
    }

    /// Calls the application, in the context of its task.
    ///
    /// - Returns: its coroutine; `nil` when that is over already.
    func call(in runner: TaskRunner, _ py: borrowing Python) -> PyOwned? {
        self.runner = runner
        guard let pointer = scope else { return nil }
        let scope = PyOwned(stealing: pointer)
        self.scope = nil
        // The client may have left while the application started.
        if isOver {
            end(nil, nil, py)
            return nil
        }
        do throws(PyError) {
            try application.setState(scope, py)
            let capsule = try Exchange.capsule(self, py)
            let receive = try Exchange.receiveFunction.bound(to: capsule, py)
            let send = try Exchange.sendFunction.bound(to: capsule, py)
            // Says in the task's context which exchange the code that runs in it belongs to.
            try context.enter(capsule.ref, py)
            let isFunction = flags & Command.Flag.function != 0
            let callable = isFunction ? try application.functions(py).functions : application.callable
            return try context.tasks.coroutine(try callable.call(scope, receive, send, py), py)
        } catch {
            end(nil, PyError.take(py), py)
            return nil
        }
    }

    /// A capsule that keeps an exchange: what the application is given is bound to it.
    private static func capsule(_ exchange: Exchange, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let kept = Unmanaged.passRetained(exchange)
        guard let capsule = cpython.PyCapsule_New(kept.toOpaque(), nil, freeCapsule) else {
            kept.release()
            throw .pending
        }
        return PyOwned(stealing: capsule)
    }

    private static let freeCapsule: @convention(c) (PyPointer?) -> Void = { capsule in
        guard let pointer = cpython.PyCapsule_GetPointer(capsule, nil) else { return }
        Unmanaged<Exchange>.fromOpaque(pointer).release()
    }

    /// The exchange that a context's variable names; `nil` for none, and for what an application has put there.
    static func named(by value: PyRef, _ py: borrowing Python) -> Exchange? {
        // Only our capsules are freed like this. Of anything else CPython says that it is no capsule.
        let free = cpython.PyCapsule_GetDestructor(value.raw)
        PyError.clear(py)
        guard unsafeBitCast(free, to: UInt.self) == unsafeBitCast(freeCapsule, to: UInt.self) else { return nil }
        return value.object(as: Exchange.self)
    }

    /// The application waits in this task.
    func waits(in task: PyRef, _ py: borrowing Python) { self.task = task.owned(py).take() }

    /// Lets everything go and gives the slot back.
    func release(_ py: borrowing Python) {
        // What is let go may run code that comes back here.
        let (scope, task) = (self.scope, self.task)
        self.scope = nil
        self.task = nil
        if let scope { _ = PyOwned(stealing: scope) }
        if let task { _ = PyOwned(stealing: task) }
        runner = nil
        directOperation = nil
        window.narrow(into: &context.windowBudget)
        dropInput(py)
        wakeReceivers(py)
        wakeSenders(py)
        isReleased = true
        table.remove(self, py)
        // Last: an application that was closed is let go with its last exchange.
        if isBegun { application.exchangeEnded(py) }
        // While commands are carried out, whoever does that looks at the time.
        if !context.isCollecting { table.answers.deliverIfDue(at: MonotonicClock.now()) }
    }

    /// Cancels the application's task: the handler closes and it has had its time.
    func cancel(_ py: borrowing Python) {
        guard let task = task.map({ PyRef($0).owned(py) }) else { return }
        isCancelled = true
        do throws(PyError) {
            _ = try task.attribute("cancel", py).call(py)
        } catch {
            PyError.writeUnraisable(task.ref, py)
        }
    }

    // MARK: - The client's side

    /// The client has left: `receive()` says so, `send()` raises.
    func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python) {
        dropInput(py)
        wakeReceivers(py)
        wakeSenders(py)
    }

    /// The application's task can go on: behind what is done now, which may be inside another task.
    private func resumeSoon(_ py: borrowing Python) {
        guard let runner, !isResumed else { return }
        isResumed = true
        context.resume(runner, py)
    }

    /// Whether the application's own task waits in `receive()` or `send()`.
    var waitsDirectly: Bool { directOperation != nil }

    /// The application's task goes on.
    func resumed() {
        isResumed = false
        directOperation = nil
    }

    /// Something changed for whoever waits in `receive()`.
    func wakeReceivers(_ py: borrowing Python) {
        if directOperation == Operation.receive { resumeSoon(py) }
        guard !receiveWaiters.isEmpty else { return }
        let woken = receiveWaiters
        receiveWaiters = []
        for waiter in woken { context.complete(PyOwned(stealing: waiter), py) }
    }

    /// Something changed for whoever waits in `send()`.
    func wakeSenders(_ py: borrowing Python) {
        if directOperation == Operation.drain { resumeSoon(py) }
        guard !drainWaiters.isEmpty else { return }
        let woken = drainWaiters
        drainWaiters = []
        for waiter in woken { context.complete(PyOwned(stealing: waiter), py) }
    }

    /// It has ended: nobody has to wait for a message, or for room.
    func wakeAll(_ py: borrowing Python) {
        wakeReceivers(py)
        wakeSenders(py)
    }

    /// The consumer has taken bytes.
    ///
    /// - Parameter flags: what it says about the client.
    func acknowledge(_ count: Int, flags: UInt32, _ py: borrowing Python) {
        window.taken(count)
        if flags & Command.Flag.flows != 0 { window.widen(from: &context.windowBudget) }
        if flags & Command.Flag.slow != 0 { window.narrow(into: &context.windowBudget) }
        if window.hasRoom { wakeSenders(py) }
    }

    // MARK: - Awaitables

    // The capsule keeps the exchange while its functions are called, and the function keeps the capsule.

    private static let receiveFunction = PyFunction.noArguments("receive") { capsule, _ in
        PyRef(capsule!).withKeptObject(as: Exchange.self) { exchange in
            Python.enter { py throws(PyError) in
                // Somebody who asks again and again would keep everybody else from their turn.
                try exchange.context.awaitables.polling(
                    exchange, Operation.receive, givesWay: exchange.isEndTold, py)
            }
        }
    }

    private static let sendFunction = PyFunction.oneArgument("send") { capsule, event in
        PyRef(capsule!).withKeptObject(as: Exchange.self) { exchange in
            Python.enter { py throws(PyError) in try exchange.awaitableOfSend(PyRef(event!), py) }
        }
    }

    /// How many messages go out in a row before the event loop has a turn, where nothing else makes the application wait:
    /// one that never ends would keep everybody else from theirs.
    private static let mostSendsInARow = 128
    /// What one counts for that is refused.
    private static let refusal = 64

    /// Carries out a message; what `send()` gives.
    @inline(__always)
    private func awaitableOfSend(_ event: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        do throws(PyError) {
            try send(event, py)
        } catch {
            // Raised where it is awaited, as with every coroutine.
            return try context.awaitables.raising(error, givesWay: givesWay(after: Exchange.refusal), py)
        }
        context.answersWritten(py)
        if window.isFull, !isOver {
            window.holdUp()
            sendsInARow = 0
            return try context.awaitables.polling(self, Operation.drain, py)
        }
        if givesWay(after: 1) { return try context.awaitables.givingWay(py) }
        return context.awaitables.completed(py)
    }

    @inline(__always)
    private func givesWay(after cost: Int) -> Bool {
        sendsInARow += cost
        guard sendsInARow > Exchange.mostSendsInARow else { return false }
        sendsInARow = 0
        return true
    }

    override func poll(_ operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll {
        if operation == Operation.receive {
            if let event = try nextEvent(py) { return .ready(event) }
        } else {
            if isDisconnected { throw disconnectedError(py) }
            if window.hasRoom || isOver { return .ready(py.none.owned(py)) }
        }
        if directOperation == nil, let doorbell = try runner?.doorbell(py) {
            directOperation = operation
            return .suspend(doorbell)
        }
        let future = try context.future(py)
        let waiter = future.owned(py).take()
        if operation == Operation.receive { receiveWaiters.append(waiter) } else { drainWaiters.append(waiter) }
        return .wait(future)
    }

    override func abandon(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        guard let future else {
            directOperation = nil
            return
        }
        if let index = receiveWaiters.firstIndex(of: future.raw) {
            _ = PyOwned(stealing: receiveWaiters.remove(at: index))
        } else if let index = drainWaiters.firstIndex(of: future.raw) {
            _ = PyOwned(stealing: drainWaiters.remove(at: index))
        }
    }

    /// What `send()` raises when nothing can be sent any more: an OSError (ASGI 2.4, "Disconnected Client").
    func disconnectedError(_ py: borrowing Python) -> PyError {
        PyError.raise(context.disconnected, "The client has disconnected", py)
    }
}
