import ASGI
import Mailbox
import PythonAPI

/// One HTTP request and its response (ASGI, "HTTP").
final class HTTPExchange: Exchange {
    /// The request's body: what the application has not taken.
    private var chunks = InputQueue<Void>()
    private var isBodyEnded = false
    private var isBodyDelivered = false
    private var reportsRoom = false
    private var hasAskedForBody = false

    /// The trailers so far.
    var trailers: [(name: [UInt8], value: [UInt8])] = []

    override func returned(_ py: borrowing Python) {
        switch cycle.finish() {
        case .complete: break
        case .withoutResponse: failUnanswered(py)
        case .withoutCompletion: failIncomplete(py)
        }
    }

    override func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) { try perform(event, py) }

    override func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python) {
        cycle.disconnect()
        super.disconnect(code: code, reason: reason, py)
    }

    // MARK: - The request's body

    /// A piece of the body has come.
    ///
    /// - Parameters:
    ///   - bytes: copied; may be empty.
    ///   - end: nothing follows.
    override func receiveBody(_ bytes: UnsafeRawBufferPointer, end: Bool, _ py: borrowing Python) {
        if cycle.isOver || isBodyEnded { return }
        if bytes.count > 0 {
            do throws(PyError) {
                chunks.append(try PyOwned.bytes(bytes, py), ())
            } catch {
                // No memory for the chunk: the application sees a client that left, the channel's client an error.
                PyError.writeUnraisable(nil, py)
                return disconnect(code: 0, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
            }
        }
        if end { isBodyEnded = true } else { reportsRoom = true }
        wakeReceivers(py)
    }

    override func dropInput(_ py: borrowing Python) {
        chunks.clear(py)
    }

    override func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        let names = context.names
        if cycle.receivesDisconnect {
            isEndTold = true
            let event = try PyOwned.dict(py)
            try event.set(names.type, names.httpDisconnect, py)
            return event
        }
        guard !chunks.isEmpty || (isBodyEnded && !isBodyDelivered) else {
            if flags & Command.Flag.awaitsContinue != 0 { askForBody(py) }
            return nil
        }
        // Taken at once: making the event may run the collector, and with it code that receives as well.
        let chunk = chunks.isEmpty ? names.emptyBytes.owned(py) : chunks.take()
        let isLast = isBodyEnded && chunks.isEmpty
        isBodyDelivered = isLast
        let event = try PyOwned.dict(py)
        try event.set(names.type, names.httpRequest, py)
        if reportsRoom { try reportRoom(chunk, py) }
        try event.set(names.body, chunk, py)
        try event.set(names.moreBody, py.bool(!isLast), py)
        return event
    }

    /// The client waits with the body until somebody wants it.
    private func askForBody(_ py: borrowing Python) {
        guard !hasAskedForBody, !isBodyEnded else { return }
        hasAskedForBody = true
        table.answers.room(slot: slot, 0)
        context.answersWritten(py)
    }

    private func reportRoom(_ chunk: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        let count = try chunk.bytes(py).count
        if count == 0 { return }
        table.answers.room(slot: slot, count)
        context.answersWritten(py)
    }
}
