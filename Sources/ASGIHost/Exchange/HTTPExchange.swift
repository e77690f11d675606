import ASGI
import Mailbox
import PythonAPI

/// One HTTP request and its response (ASGI, "HTTP").
final class HTTPExchange: ExchangeState, RespondingExchange {
    var cycle: HTTPCycle
    /// The pieces of the request's body that the application has not received.
    private var chunks = InputQueue<Void>()
    private var isBodyEnded = false
    private var isBodyDelivered = false
    /// Whether the client awaits credit for pieces of the body.
    private var givesCredit = false
    private var hasAskedForBody = false

    /// The trailers sent so far.
    var trailers: [(name: [UInt8], value: [UInt8])] = []

    var refusalCode: String { "ERR_ASGI_INTERNAL" }

    /// - Parameter isHead: whether the request's method is HEAD.
    init(slot: UInt32, flags: Command.Flags, table: ExchangeTable, application: Application, isHead: Bool) {
        cycle = HTTPCycle(isHead: isHead)
        super.init(slot: slot, flags: flags, table: table, application: application)
    }

    var isOver: Bool { cycle.isOver }

    var isDisconnected: Bool { cycle.isDisconnected }

    func fail() -> Bool { cycle.fail() }

    func begin(status: Int, contentLength: Int?, trailers: Bool) throws(ASGIError) -> HTTPCycle.Verdict {
        try cycle.start(status: status, contentLength: contentLength, trailers: trailers)
    }

    func returned(_ py: borrowing Python) {
        switch cycle.finish() {
        case .complete: break
        case .withoutResponse: failUnanswered(py)
        case .withoutCompletion: failIncomplete(py)
        }
    }

    func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python) {
        cycle.disconnect()
        dropInput(py)
        wakeAll(py)
    }

    // MARK: - The request's body

    /// Copies a piece of the body, which may be empty.
    func receive(_ input: ExchangeInput, _ py: borrowing Python) {
        guard case .body(let bytes, let end) = input else { return input.drop() }
        if cycle.isOver || isBodyEnded { return }
        if bytes.count > 0 {
            do throws(PyError) {
                unsafe chunks.append(try PyOwned.bytes(bytes, py), ())
            } catch {
                // There is no memory for the piece, so the application receives a disconnect and the client an error.
                PyError.writeUnraisable(py)
                return unsafe disconnect(code: 0, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
            }
        }
        if end { isBodyEnded = true } else { givesCredit = true }
        wakeReceivers(py)
    }

    func dropInput(_ py: borrowing Python) {
        chunks.clear(py)
    }

    func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        let names = context.names
        if cycle.receivesDisconnect {
            hasReportedEnd = true
            let event = try PyOwned.dict(py)
            try event.set(names.type, names.httpDisconnect, py)
            return event
        }
        guard !chunks.isEmpty || (isBodyEnded && !isBodyDelivered) else {
            if flags.contains(.awaitsContinue) { askForBody(py) }
            return nil
        }
        // Removed first: making the event may run the garbage collector, and code that calls `receive` as well.
        let chunk = chunks.isEmpty ? names.emptyBytes.owned(py) : chunks.take()
        let isLast = isBodyEnded && chunks.isEmpty
        isBodyDelivered = isLast
        let event = try PyOwned.dict(py)
        try event.set(names.type, names.httpRequest, py)
        if givesCredit { try giveCredit(chunk, py) }
        try event.set(names.body, chunk, py)
        try event.set(names.moreBody, py.bool(!isLast), py)
        return event
    }

    /// Tells the client to send the body, because it waits for `100 Continue`.
    private func askForBody(_ py: borrowing Python) {
        guard !hasAskedForBody, !isBodyEnded else { return }
        hasAskedForBody = true
        table.answers.credit(slot: slot, 0)
        context.answersWritten(py)
    }

    private func giveCredit(_ chunk: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        let count = try unsafe chunk.bytes(py).count
        if count == 0 { return }
        table.answers.credit(slot: slot, count)
        context.answersWritten(py)
    }

    // MARK: - The application's functions

    static let receiveFunction = unsafe PyFunction.noArguments("receive") { capsule, _ in
        unsafe PyRef(capsule!).withUnretainedObject(as: HTTPExchange.self) { exchange in
            unsafe Python.enter { py throws(PyError) in try exchange.awaitableOfReceive(py) }
        }
    }

    static let sendFunction = unsafe PyFunction.oneArgument("send") { capsule, event in
        unsafe PyRef(capsule!).withUnretainedObject(as: HTTPExchange.self) { exchange in
            unsafe Python.enter { py throws(PyError) in try unsafe exchange.awaitableOfSend(PyRef(event!), py) }
        }
    }
}
