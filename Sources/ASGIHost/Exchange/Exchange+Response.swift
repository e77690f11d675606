import ASGI
import CPythonAPI
import Mailbox
import PythonAPI

/// A response on its way to the client (ASGI, "Response Start" and "Response Body").
extension Exchange {
    /// `http.response.start`, or a denial's.
    func sendStart(
        _ message: MessageReader, _ event: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) {
        let status = try message.integer(context.names.status, py)
        var given = try event.item(context.names.headers, py)
        var hasTrailers = false
        if given == nil || message.count(py) != 3 {
            hasTrailers = try message.flag(context.names.trailers, py)
            // Whether something is true may run code of the application's, which may change the message.
            given = try event.item(context.names.headers, py)
        }
        let headers = if let given { try context.headers.prepared(given, py) } else { py.none.owned(py) }
        // Not before: what was prepared may have run code of the application's, too.
        let before = table.answers.batch.text.count
        var written = HeaderWriter.Written()
        if given != nil {
            do throws(PyError) {
                written = try context.headers.write(headers, to: &table.answers.batch.text, py)
                // Nothing follows the head of a response to HEAD, whatever it declares.
                if written.isLengthUnclear, !cycle.isHead, !cycle.isOver { throw HeaderWriter.unclearLength(py) }
            } catch {
                table.answers.batch.text.shrink(to: before)
                throw error
            }
        }
        let verdict: HTTPCycle.Verdict
        do throws(PyError) {
            let contentLength = written.contentLength
            verdict = try judged(py) { () throws(ASGIError) in
                try cycle.start(status: status, contentLength: contentLength, trailers: hasTrailers)
            }
        } catch {
            table.answers.batch.text.shrink(to: before)
            throw error
        }
        guard verdict == .forward else {
            table.answers.batch.text.shrink(to: before)
            if verdict == .disconnected { throw disconnectedError(py) }
            return
        }
        let flags = hasTrailers ? Answer.Flag.trailers : 0
        table.answers.start(slot: slot, status: status, headLength: written.length, flags: flags)
    }

    /// `http.response.body`, or a denial's.
    func sendBody(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        var body = try message.value(context.names.body, py)
        var more = false
        if body == nil || message.count(py) != 2 {
            more = try message.flag(context.names.moreBody, py)
            // Whether something is true may run code of the application's, which may change the message.
            body = try message.value(context.names.body, py)
        }
        try message.withBytes(of: body, named: context.names.body, py) { bytes, owner throws(PyError) in
            switch try judged(py, { () throws(ASGIError) in try cycle.body(length: bytes.count, more: more) }) {
            case .forward: writeBody(bytes, of: owner, more: more, py)
            case .forwardWithoutBody: writeBody(UnsafeRawBufferPointer(start: nil, count: 0), more: more, py)
            case .ignore: break
            case .disconnected: throw disconnectedError(py)
            }
        }
    }

    /// Writes a chunk that the cycle has let through.
    ///
    /// - Parameter owner: the `bytes` that it is, if it is one.
    func writeBody(
        _ bytes: UnsafeRawBufferPointer, of owner: PyRef? = nil, more: Bool, _ py: borrowing Python
    ) {
        if cycle.isOver { context.deliverDistantRecords(py) }
        table.answers.body(slot: slot, bytes, end: cycle.isOver, loan: loan(of: owner, bytes.count, py))
        if flags & Command.Flag.buffered == 0 { window.sent(bytes.count) }
        if cycle.isOver { wakeAll(py) }
    }

    /// Lends a large chunk to a consumer who only reads it.
    @inline(__always)
    private func loan(of owner: PyRef?, _ count: Int, _ py: borrowing Python) -> Loan? {
        guard count >= Batch.lendSize, flags & Command.Flag.readsOnly != 0, let owner else { return nil }
        return context.lend(owner, count, py)
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
