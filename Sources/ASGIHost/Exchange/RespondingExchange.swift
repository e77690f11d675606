import ASGI
import Mailbox
import PythonAPI

/// An exchange that sends an HTTP response: to a request, or as the denial of a WebSocket's handshake.
protocol RespondingExchange: Exchange {
    /// The state of the response.
    var cycle: HTTPCycle { get set }

    /// The cycle's verdict about `http.response.start` or a denial's start.
    func begin(status: Int, contentLength: Int?, trailers: Bool) throws(ASGIError) -> HTTPCycle.Verdict
}

/// Sends a response to the client (ASGI, "Response Start" and "Response Body").
extension RespondingExchange {
    /// Sends `http.response.start` or a denial's start.
    func sendStart(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        if let status = try message.plainInteger(names.status, names.intType, py),
            let headers = try message.borrowedValue(names.headers, py), message.count(py) == 3,
            context.headers.isPlain(headers, py), try writeStart(status, headers, hasTrailers: false, py)
        {
            return
        }
        try sendUnusualStart(message, py)
    }

    /// Sends a start whose values may run code.
    private func sendUnusualStart(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let givenStatus = try message.required(names.status, py)
        let given = try message.value(names.headers, py)
        let givenTrailers = try message.value(names.trailers, py)
        let status = try message.integer(givenStatus, named: names.status, py)
        let hasTrailers = if let givenTrailers { try givenTrailers.isTrue(py) } else { false }
        let headers = if let given { try context.headers.prepared(given, py) } else { py.none.owned(py) }
        guard try writeStart(status, headers.ref, hasTrailers: hasTrailers, py) else {
            throw try context.headers.raise(.noPair, of: headers, py)
        }
    }

    /// Validates a response's start and writes it, without running code of the application.
    ///
    /// - Parameter headers: a list or tuple, or None.
    /// - Returns: `false` if the headers are not prepared; then nothing was done.
    private func writeStart(
        _ status: Int, _ headers: PyRef, hasTrailers: Bool, _ py: borrowing Python
    ) throws(PyError) -> Bool {
        let summary: ResponseHeads.Summary
        do throws(HeaderProblem) {
            summary = try context.headers.read(headers, into: &table.responseHeads, py)
            // A response to HEAD has no body, whatever length it declares.
            if summary.isLengthUnclear, !cycle.isHead, !cycle.isOver { throw .length }
        } catch {
            if case .noPair = error { return false }
            throw try context.headers.raise(error, of: headers, py)
        }
        let verdict: HTTPCycle.Verdict
        do throws(ASGIError) {
            verdict = try begin(status: status, contentLength: summary.contentLength, trailers: hasTrailers)
        } catch {
            throw error.raised(py)
        }
        switch verdict {
        case .forward:
            let flags: Answer.Flags = hasTrailers ? .trailers : []
            table.answers.start(slot: slot, status: status, flags: flags, &table.responseHeads)
        case .disconnected: throw disconnectedError(py)
        case .forwardWithoutBody, .ignore: break
        }
        return true
    }

    /// Sends `http.response.body` or a denial's body.
    func sendBody(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let count = message.count(py)
        let given = count == 2 ? nil : try message.borrowedValue(names.moreBody, py)
        let more = unsafe given?.raw == py.bool(true).raw
        guard unsafe more || given == nil || given?.raw == py.bool(false).raw else {
            return try sendUnusualBody(message, py)
        }
        if !more { context.deliverPendingRecords(py) }
        // Last, because it is borrowed, and valid only until code of the application may run.
        if let body = try message.borrowedValue(names.body, py) {
            guard body.isExactly(names.bytesType, py) else { return try sendUnusualBody(message, py) }
            return try unsafe validateBody(try body.bytes(py), of: body, more: more, py)
        }
        if count == 2 { return try sendUnusualBody(message, py) }
        try unsafe validateBody(UnsafeRawBufferPointer(start: nil, count: 0), of: nil, more: more, py)
    }

    /// Sends a body whose values may run code.
    private func sendUnusualBody(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let given = try message.value(names.body, py)
        let givenMore = try message.value(names.moreBody, py)
        let more = if let givenMore { try givenMore.isTrue(py) } else { false }
        if !more { context.deliverPendingRecords(py) }
        guard let given else {
            return try unsafe validateBody(UnsafeRawBufferPointer(start: nil, count: 0), of: nil, more: more, py)
        }
        let octets = try message.octets(given, named: names.body, names, py)
        try unsafe validateBody(try octets.bytes(py), of: octets.ref, more: more, py)
        // The object owns the memory, so it must live until here.
        extendLifetime(octets)
    }

    /// Validates a chunk and writes it, without running code of the application.
    @inline(__always)
    private func validateBody(
        _ bytes: UnsafeRawBufferPointer, of owner: PyRef?, more: Bool, _ py: borrowing Python
    ) throws(PyError) {
        switch try checked(py, { () throws(ASGIError) in try cycle.body(length: bytes.count, more: more) }) {
        case .forward: unsafe writeBody(bytes, of: owner, more: more, py)
        case .forwardWithoutBody: unsafe writeBody(UnsafeRawBufferPointer(start: nil, count: 0), more: more, py)
        case .ignore: break
        case .disconnected: throw disconnectedError(py)
        }
    }

    /// Writes a chunk that the cycle has accepted.
    ///
    /// - Parameter owner: the `bytes` object with the chunk; `nil` for other objects.
    func writeBody(
        _ bytes: UnsafeRawBufferPointer, of owner: PyRef? = nil, more: Bool, _ py: borrowing Python
    ) {
        unsafe table.answers.body(
            slot: slot, bytes, end: cycle.isOver, borrowed: borrowed(from: owner, bytes.count, py))
        if !flags.contains(.buffered) { window.sent(bytes.count) }
        if cycle.isOver { wakeAll(py) }
    }

    /// Lends a large chunk to a consumer that only reads it.
    @inline(__always)
    private func borrowed(from owner: PyRef?, _ count: Int, _ py: borrowing Python) -> BorrowedBuffer? {
        guard count >= Batch.borrowSize, flags.contains(.readsOnly), let owner else { return nil }
        return context.borrow(owner, count, py)
    }

    /// Fails the exchange because the application returned without a response.
    func failUnanswered(_ py: borrowing Python) {
        fail(code: "ERR_ASGI_NO_RESPONSE", "No response sent: the application returned without one", py)
    }

    /// Fails the exchange because the application returned before the response was complete.
    func failIncomplete(_ py: borrowing Python) {
        let text = "ASGI callable returned without completing response."
        fail(code: "ERR_ASGI_INCOMPLETE_RESPONSE", text, py)
    }

    /// Makes a step of a cycle, and converts the error of a refused message to a Python exception.
    @inline(__always)
    func checked<Verdict>(
        _ py: borrowing Python, _ step: () throws(ASGIError) -> Verdict
    ) throws(PyError) -> Verdict {
        do throws(ASGIError) {
            return try step()
        } catch {
            throw error.raised(py)
        }
    }
}
