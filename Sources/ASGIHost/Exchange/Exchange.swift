import Mailbox
import PythonAPI

/// One call of an application on the event loop's thread: its scope, its task, and its `receive` and `send`.
///
/// The protocol has the parts that differ between HTTP, WebSocket and other scopes; `ExchangeState` and the extensions
/// have the common parts. The exchange table owns an exchange until the application has returned, and Python owns it as
/// long as `receive` or `send` is referenced.
protocol Exchange: ExchangeState, PyPollable {
    /// `receive`, bound to a capsule of such an exchange. Its function is `awaitableOfReceive`.
    ///
    /// A requirement of the protocol, because a C function cannot be generic.
    static var receiveFunction: PyFunction { get }

    /// `send`, bound to a capsule of such an exchange. Its function is `awaitableOfSend`.
    static var sendFunction: PyFunction { get }

    /// Whether the exchange is complete, so that further messages have no effect.
    var isOver: Bool { get }

    /// Whether the client disconnected before the end.
    var isDisconnected: Bool { get }

    /// The error code for a request whose scope cannot be made.
    var refusalCode: String { get }

    /// Accepts input from the client, or drops it if the protocol has no such input.
    func receive(_ input: ExchangeInput, _ py: borrowing Python)

    /// Handles a disconnect of the client: `receive()` reports it, and `send()` raises.
    func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python)

    /// The event that `receive()` returns now; `nil` if it has to wait.
    func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned?

    /// Executes a message of the application.
    func send(_ event: PyRef, _ py: borrowing Python) throws(PyError)

    /// Called after the application has returned.
    func returned(_ py: borrowing Python)

    /// Called after the application has raised, or was refused.
    ///
    /// - Returns: whether the exchange fails because of it.
    func fail() -> Bool

    /// Frees input that the application has not received.
    func dropInput(_ py: borrowing Python)
}

/// Input from the client for a running exchange. The caller owns the memory.
///
/// `@safe` because the bytes have unsafe types themselves.
@safe enum ExchangeInput {
    /// A piece of a request's body; `end` marks the last one.
    case body(UnsafeRawBufferPointer, end: Bool)
    /// A WebSocket message, or an event.
    case message(UnsafeRawBufferPointer, isText: Bool)
    /// Bytes that the next message refers to. The receiver owns the block.
    case block(Batch.Block)

    /// Frees an owned block.
    func drop() {
        if case .block(let block) = self { block.release() }
    }
}

/// The life of an exchange, from the request to the end of its task.
extension Exchange {
    /// Runs the application in a new task, until it waits or returns.
    func launch(_ py: borrowing Python) {
        context.tasks.run(TaskRunner(self), py)
    }

    /// Calls the application in the context of its task.
    ///
    /// - Returns: its coroutine; `nil` if the call has ended already.
    func call(in runner: TaskRunner, _ py: borrowing Python) -> PyOwned? {
        self.runner = runner
        guard let scope = takeScope() else { return nil }
        // The client may have disconnected during startup.
        if isOver {
            end(nil, nil, py)
            return nil
        }
        do throws(PyError) {
            try application.setState(scope, py)
            let capsule = try capsule(py)
            let receive = try Self.receiveFunction.bound(to: capsule, py)
            let send = try Self.sendFunction.bound(to: capsule, py)
            // Records in the task's context which exchange its code belongs to.
            try context.enter(capsule, py)
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

    /// Releases everything and frees the slot.
    func release(_ py: borrowing Python) {
        releaseTask(py)
        dropInput(py)
        wakeAll(py)
        leaveTable(py)
    }

    // MARK: - receive() and send()

    // The capsule keeps the exchange while its functions are called, and the function keeps the capsule.

    /// The awaitable that `receive()` returns.
    @inline(__always)
    func awaitableOfReceive(_ py: borrowing Python) throws(PyError) -> PyOwned {
        // After the end, an application that calls it in a loop must not block other tasks.
        try context.awaitables.polling(self, Operation.receive, yieldsFirst: hasReportedEnd, py)
    }

    /// The awaitable that `send()` returns.
    @inline(__always)
    func awaitableOfSend(_ event: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if unsafe PyLayout.isFreeThreaded { return try awaitableOfConcurrentSend(event, py) }
        return try executeSend(event, py)
    }

    /// The same without a GIL, where other threads may call it, or change the message while it is read.
    private func awaitableOfConcurrentSend(_ event: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard context.isOnCurrentThread else { throw PyError.raiseWrongThread(py) }
        // A message that is not a dict is refused with the name of its type, or is the tuple of a function.
        guard event.isKind(of: context.values.dictType, py) else { return try executeSend(event, py) }
        let own = try event.unshared(py)
        return try executeSend(own.ref, py)
    }

    /// Executes a message that no other thread changes, and returns the awaitable of `send()`.
    @inline(__always)
    private func executeSend(_ event: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        do throws(PyError) {
            try send(event, py)
        } catch {
            // Raised when it is awaited, as by every coroutine.
            return try context.awaitables.raising(error, yieldsFirst: yields(after: ExchangeState.refusal), py)
        }
        context.answersWritten(py)
        if window.isFull, !isOver {
            window.recordWait()
            resetSendsInARow()
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

    // MARK: - Without a GIL

    var isOnCurrentThread: Bool { context.isOnCurrentThread }

    func abandonFromOtherThread(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        context.abandonLater(self, operation, waitingFor: future, py)
    }

    /// The exception of `send()` after a disconnect: an OSError (ASGI 2.4, "Disconnected Client").
    func disconnectedError(_ py: borrowing Python) -> PyError {
        PyError.raise(context.disconnected, "The client has disconnected", py)
    }
}
