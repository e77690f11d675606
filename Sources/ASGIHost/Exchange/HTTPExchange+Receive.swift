import Mailbox
import PythonAPI

/// The request's body on its way to the application (ASGI, "Request - receive event").
extension HTTPExchange {
    static let receiveFunction = PyFunction.noArguments("receive") { capsule, _ in
        Python.enter { py throws(PyError) in
            let exchange = PyRef(capsule!).object(as: HTTPExchange.self)
            return try exchange.context.awaitables.polling(exchange, Operation.receive, py)
        }
    }

    /// A piece of the body has come.
    ///
    /// - Parameters:
    ///   - bytes: copied; may be empty.
    ///   - end: nothing follows.
    @inline(__always)
    func receiveBody(_ bytes: UnsafeRawBufferPointer, end: Bool, _ py: borrowing Python) {
        if cycle.isOver || isBodyEnded { return }
        if bytes.count > 0 {
            do throws(PyError) {
                chunks.append(try PyOwned.bytes(bytes, py).take())
            } catch {
                // No memory for the chunk: the application sees a client that left, the transport an error.
                PyError.writeUnraisable(nil, py)
                return disconnect(py)
            }
        }
        if end { isBodyEnded = true } else { reportsRoom = true }
        wakeReceivers(py)
    }

    /// What `receive()` gives now, or `nil` when it has to wait.
    func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        let names = context.names
        if cycle.receivesDisconnect {
            let event = try PyOwned.dict(py)
            try event.set(names.type, names.httpDisconnect, py)
            return event
        }
        guard takenChunks < chunks.count || (isBodyEnded && !isBodyDelivered) else { return nil }
        let event = try PyOwned.dict(py)
        try event.set(names.type, names.httpRequest, py)
        if takenChunks < chunks.count {
            let chunk = PyOwned(stealing: chunks[takenChunks])
            takenChunks += 1
            if reportsRoom { try reportRoom(chunk, py) }
            try event.set(names.body, chunk, py)
            if takenChunks == chunks.count {
                chunks.removeAll(keepingCapacity: true)
                takenChunks = 0
            }
        } else {
            try event.set(names.body, names.emptyBytes, py)
        }
        let isLast = isBodyEnded && chunks.isEmpty
        isBodyDelivered = isLast
        try event.set(names.moreBody, py.bool(!isLast), py)
        return event
    }

    private func reportRoom(_ chunk: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        table.answers.room(slot: slot, try chunk.bytes(py).count)
        context.answersWritten(py)
    }
}
