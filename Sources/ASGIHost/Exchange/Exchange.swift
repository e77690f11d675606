import Mailbox
import PythonAPI

/// One call of an application on the event loop's thread: its scope, its task, its `receive` and `send`.
///
/// What HTTP, WebSocket and other scopes decide for themselves; what they have in common is in `ExchangeState` and in
/// extensions. Owned by its table until the application has returned, and by Python for as long as somebody keeps
/// `receive` or `send`.
protocol Exchange: ExchangeState, PyPollable {
    /// `receive`, bound to a capsule of such an exchange; made by `awaitableOfReceive`.
    ///
    /// Each protocol has its own, because a C function cannot be generic.
    static var receiveFunction: PyFunction { get }

    /// `send`, bound to a capsule of such an exchange; made by `awaitableOfSend`.
    static var sendFunction: PyFunction { get }

    /// Whether no message changes anything any more.
    var isOver: Bool { get }

    /// Whether the client has left before the end.
    var isDisconnected: Bool { get }

    /// The code of a request whose scope cannot be made.
    var refusalCode: String { get }

    /// Takes what has come from the client, or drops what the protocol does not have.
    func receive(_ input: ExchangeInput, _ py: borrowing Python)

    /// The client has left: `receive()` says so, `send()` raises.
    func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python)

    /// What `receive()` gives now, or `nil` when it has to wait.
    func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned?

    /// Carries out a message of the application's.
    func send(_ event: PyRef, _ py: borrowing Python) throws(PyError)

    /// The application has returned.
    func returned(_ py: borrowing Python)

    /// The application has raised, or was never called: whether the exchange fails because of it.
    func fail() -> Bool

    /// Frees what the application has not taken.
    func dropInput(_ py: borrowing Python)
}

/// What comes from the client while an exchange is under way. The memory is the caller's.
///
/// `@safe` because the bytes say themselves that they are unsafe to keep.
@safe enum ExchangeInput {
    /// A piece of a request's body; nothing follows its end.
    case body(UnsafeRawBufferPointer, end: Bool)
    /// A message of a WebSocket's, or an event.
    case message(UnsafeRawBufferPointer, isText: Bool)
    /// Bytes that the next message refers to: a block that is handed over.
    case block(Batch.Block)

    /// Frees what was handed over.
    func drop() {
        if case .block(let block) = self { block.release() }
    }
}

/// From the request to the end of its task.
extension Exchange {
    /// Runs the application in a task of its own, until it waits or returns.
    func launch(_ py: borrowing Python) {
        context.tasks.run(TaskRunner(self), py)
    }

    /// Calls the application, in the context of its task.
    ///
    /// - Returns: its coroutine; `nil` when that is over already.
    func call(in runner: TaskRunner, _ py: borrowing Python) -> PyOwned? {
        self.runner = runner
        guard let scope = takeScope() else { return nil }
        // The client may have left while the application started.
        if isOver {
            end(nil, nil, py)
            return nil
        }
        do throws(PyError) {
            try application.setState(scope, py)
            let capsule = try capsule(py)
            let receive = try Self.receiveFunction.bound(to: capsule, py)
            let send = try Self.sendFunction.bound(to: capsule, py)
            // Says in the task's context which exchange the code that runs in it belongs to.
            try context.enter(capsule.ref, py)
            let called =
                flags.contains(.function)
                ? try application.functions(py).functions.call(scope, receive, send, py)
                : try application.callable.call(scope, receive, send, py)
            return try context.tasks.coroutine(called, py)
        } catch {
            end(nil, PyError.take(py), py)
            return nil
        }
    }

    /// Lets everything go and gives the slot back.
    func release(_ py: borrowing Python) {
        letTaskGo(py)
        dropInput(py)
        wakeAll(py)
        leaveTable(py)
    }

    // MARK: - receive() and send()

    // The capsule keeps the exchange while its functions are called, and the function keeps the capsule.

    /// What `receive()` gives.
    @inline(__always)
    func awaitableOfReceive(_ py: borrowing Python) throws(PyError) -> PyOwned {
        // After the end, an application that calls it in a loop must not keep other tasks from running.
        try context.awaitables.polling(self, Operation.receive, yieldsFirst: isEndTold, py)
    }

    /// What `send()` gives.
    @inline(__always)
    func awaitableOfGivenSend(_ event: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if unsafe PyLayout.isFreeThreaded { return try awaitableOfUnsharedSend(event, py) }
        return try awaitableOfSend(event, py)
    }

    /// The same where no GIL keeps other threads from calling it, or from changing the message while it is read.
    private func awaitableOfUnsharedSend(_ event: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard context.isOnCurrentThread else { throw PyError.raiseWrongThread(py) }
        // What is no dict is refused by its name, or is the tuple of a function.
        guard event.isKind(of: context.values.dictType, py) else { return try awaitableOfSend(event, py) }
        let own = try event.unshared(py)
        return try awaitableOfSend(own.ref, py)
    }

    /// Carries out a message that nobody changes meanwhile; what `send()` gives.
    @inline(__always)
    private func awaitableOfSend(_ event: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        do throws(PyError) {
            try send(event, py)
        } catch {
            // Raised where it is awaited, as with every coroutine.
            return try context.awaitables.raising(error, yieldsFirst: yields(after: ExchangeState.refusal), py)
        }
        context.answersWritten(py)
        if window.isFull, !isOver {
            window.holdUp()
            hasGivenWay()
            return try context.awaitables.polling(self, Operation.drain, py)
        }
        if yields(after: 1) { return try context.awaitables.yielding(py) }
        return context.awaitables.completed(py)
    }

    func poll(_ operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll {
        if operation == Operation.receive {
            if let event = try nextEvent(py) { return .ready(event) }
        } else {
            if isDisconnected { throw disconnectedError(py) }
            if window.hasRoom || isOver { return .ready(py.none.owned(py)) }
        }
        return try wait(in: operation, py)
    }

    // MARK: - Where no GIL keeps threads apart

    var isOnCurrentThread: Bool { context.isOnCurrentThread }

    func abandonFromOtherThread(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        context.abandonLater(self, operation, waitingFor: future, py)
    }

    /// What `send()` raises when nothing can be sent any more: an OSError (ASGI 2.4, "Disconnected Client").
    func disconnectedError(_ py: borrowing Python) -> PyError {
        PyError.raise(context.disconnected, "The client has disconnected", py)
    }
}
