import ASGI
import Mailbox
import PythonAPI

/// An exchange that sends an HTTP response: to a request, or to a WebSocket's handshake that is denied.
protocol RespondingExchange: Exchange {
    /// Where the response stands.
    var cycle: HTTPCycle { get set }

    /// A step of the cycle: `http.response.start`, or a denial's.
    func begin(status: Int, contentLength: Int?, trailers: Bool) throws(ASGIError) -> HTTPCycle.Verdict
}

/// A response on its way to the client (ASGI, "Response Start" and "Response Body").
extension RespondingExchange {
    /// `http.response.start`, or a denial's.
    func sendStart(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        if let status = try message.plainInteger(names.status, names.intType, py),
            let headers = try message.glance(names.headers, py), message.count(py) == 3,
            context.headers.isPlain(headers, py), try writeStart(status, headers, hasTrailers: false, py)
        {
            return
        }
        try sendOddStart(message, py)
    }

    /// One whose values may run code.
    private func sendOddStart(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
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

    /// Judges a response's start and writes it, without any code of the application's in between.
    ///
    /// - Parameter headers: a list or tuple, or None.
    /// - Returns: `false` when they are not prepared; nothing was done then.
    private func writeStart(
        _ status: Int, _ headers: PyRef, hasTrailers: Bool, _ py: borrowing Python
    ) throws(PyError) -> Bool {
        let summary: ResponseHeads.Summary
        do throws(HeaderProblem) {
            summary = try context.headers.read(headers, into: &table.responseHeads, py)
            // Nothing follows the head of a response to HEAD, whatever it declares.
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

    /// `http.response.body`, or a denial's.
    func sendBody(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let count = message.count(py)
        let given = count == 2 ? nil : try message.glance(names.moreBody, py)
        let more = unsafe given?.raw == py.bool(true).raw
        guard unsafe more || given == nil || given?.raw == py.bool(false).raw else {
            return try sendOddBody(message, py)
        }
        if !more { context.deliverPendingRecords(py) }
        // Last: it is only there until code of the application's may run.
        if let body = try message.glance(names.body, py) {
            guard body.isExactly(names.bytesType, py) else { return try sendOddBody(message, py) }
            return try unsafe judgeBody(try body.bytes(py), of: body, more: more, py)
        }
        if count == 2 { return try sendOddBody(message, py) }
        try unsafe judgeBody(UnsafeRawBufferPointer(start: nil, count: 0), of: nil, more: more, py)
    }

    /// One whose values may run code.
    private func sendOddBody(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let given = try message.value(names.body, py)
        let givenMore = try message.value(names.moreBody, py)
        let more = if let givenMore { try givenMore.isTrue(py) } else { false }
        if !more { context.deliverPendingRecords(py) }
        guard let given else {
            return try unsafe judgeBody(UnsafeRawBufferPointer(start: nil, count: 0), of: nil, more: more, py)
        }
        let octets = try message.octets(given, named: names.body, names, py)
        try unsafe judgeBody(try octets.bytes(py), of: octets.ref, more: more, py)
        // Not before: the memory is the object's.
        extendLifetime(octets)
    }

    /// Judges a chunk and writes it, without any code of the application's in between.
    @inline(__always)
    private func judgeBody(
        _ bytes: UnsafeRawBufferPointer, of owner: PyRef?, more: Bool, _ py: borrowing Python
    ) throws(PyError) {
        switch try judged(py, { () throws(ASGIError) in try cycle.body(length: bytes.count, more: more) }) {
        case .forward: unsafe writeBody(bytes, of: owner, more: more, py)
        case .forwardWithoutBody: unsafe writeBody(UnsafeRawBufferPointer(start: nil, count: 0), more: more, py)
        case .ignore: break
        case .disconnected: throw disconnectedError(py)
        }
    }

    /// Writes a chunk that the cycle has let through.
    ///
    /// - Parameter owner: the `bytes` that it is, if it is one.
    func writeBody(
        _ bytes: UnsafeRawBufferPointer, of owner: PyRef? = nil, more: Bool, _ py: borrowing Python
    ) {
        unsafe table.answers.body(
            slot: slot, bytes, end: cycle.isOver, borrowed: borrowed(from: owner, bytes.count, py))
        if !flags.contains(.buffered) { window.sent(bytes.count) }
        if cycle.isOver { wakeAll(py) }
    }

    /// Lends a large chunk to a consumer who only reads it.
    @inline(__always)
    private func borrowed(from owner: PyRef?, _ count: Int, _ py: borrowing Python) -> BorrowedBuffer? {
        guard count >= Batch.borrowSize, flags.contains(.readsOnly), let owner else { return nil }
        return context.borrow(owner, count, py)
    }

    /// The application has returned without an answer.
    func failUnanswered(_ py: borrowing Python) {
        fail(code: "ERR_ASGI_NO_RESPONSE", "No response sent", py)
    }

    /// The application has returned in the middle of a response.
    func failIncomplete(_ py: borrowing Python) {
        let text = "ASGI callable returned without completing response."
        fail(code: "ERR_ASGI_INCOMPLETE_RESPONSE", text, py)
    }

    /// A step of a cycle, with its refusal as a Python exception.
    @inline(__always)
    func judged<Verdict>(
        _ py: borrowing Python, _ step: () throws(ASGIError) -> Verdict
    ) throws(PyError) -> Verdict {
        do throws(ASGIError) {
            return try step()
        } catch {
            throw error.raised(py)
        }
    }
}
