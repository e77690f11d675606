import ASGI
import Mailbox
import PythonAPI

/// Sends the application's response to the client (ASGI, "Response Start" and "Response Body").
extension HTTPExchange {
    func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) {
        let message = MessageReader(event, py)
        let type = try unsafe message.type(context.names.type, py)
        if unsafe type.elementsEqual("http.response.body") {
            try sendBody(message, py)
        } else if unsafe type.elementsEqual("http.response.start") {
            try sendStart(message, py)
        } else if unsafe type.elementsEqual("http.response.trailers") {
            try sendTrailers(message, py)
        } else if unsafe type.elementsEqual("http.response.early_hint"), flags.contains(.earlyHints) {
            try sendEarlyHint(message, py)
        } else if unsafe type.elementsEqual("http.response.pathsend"), flags.contains(.pathSend) {
            try sendPath(message, py)
        } else if unsafe type.elementsEqual("http.response.zerocopysend"), flags.contains(.zeroCopySend) {
            try sendFile(message, py)
        } else {
            let name = unsafe String(decoding: type, as: UTF8.self)
            let expected = cycle.isStarted ? "http.response.body" : "http.response.start"
            throw PyError.raise(.runtime, "Expected ASGI message '\(expected)', but got '\(name)'.", py)
        }
    }

    private func sendTrailers(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let givenMore = try message.value(names.moreTrailers, py)
        let given = try message.value(names.headers, py)
        let more = if let givenMore { try givenMore.isTrue(py) } else { false }
        var added: [(name: [UInt8], value: [UInt8])] = []
        if let given {
            let headers = try context.headers.prepared(given, py)
            do throws(HeaderProblem) {
                _ = try context.headers.read(headers, into: &table.responseHeads, py)
                added = table.responseHeads.copies()
            } catch {
                throw try context.headers.raise(error, of: headers, py)
            }
        }
        if !more { context.deliverPendingRecords(py) }
        let verdict = try checked(py) { () throws(ASGIError) in try cycle.trailers(more: more) }
        if verdict == .disconnected { throw disconnectedError(py) }
        guard verdict == .forward else { return }
        // Trailers may come in several messages.
        trailers += added
        guard cycle.isOver else { return }
        table.answers.end(slot: slot, trailers: trailers)
        wakeAll(py)
    }

    // MARK: - Extensions

    /// `http.response.early_hint`: each link becomes a Link header of a 103 response.
    private func sendEarlyHint(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let links = try context.bootstrap.call("link_headers", try message.required(context.names.links, py), py)
        switch cycle.interim() {
        case .disconnected: throw disconnectedError(py)
        case .forward:
            do throws(HeaderProblem) {
                _ = try context.headers.read(links, into: &table.responseHeads, py)
                table.answers.interim(slot: slot, status: 103, &table.responseHeads)
            } catch {
                throw try context.headers.raise(error, of: links, py)
            }
        case .forwardWithoutBody, .ignore: break
        }
    }

    /// `http.response.pathsend`: the whole body is a file, which the channel's client reads.
    private func sendPath(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let path = try message.required(context.names.path, py)
        // Raises FileNotFoundError and the like here, so that the application can answer with an error.
        let checkedPath = try context.bootstrap.call("path_to_send", path, py)
        let bytes = try unsafe checkedPath.bytes(py)
        context.deliverPendingRecords(py)
        switch try checked(py, { () throws(ASGIError) in try cycle.file() }) {
        case .disconnected: throw disconnectedError(py)
        case .forward: unsafe writeFile(bytes, py)
        case .forwardWithoutBody: unsafe writeBody(UnsafeRawBufferPointer(start: nil, count: 0), more: false, py)
        case .ignore: break
        }
        _ = consume checkedPath
    }

    /// `http.response.zerocopysend`: a part of an open file, whose descriptor is duplicated for the channel's client.
    private func sendFile(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let file = try message.required(names.file, py)
        let givenMore = try message.value(names.moreBody, py)
        let offset = try message.optionalInteger(names.offset, py)
        let count = try message.optionalInteger(names.count, py)
        let more = if let givenMore { try givenMore.isTrue(py) } else { false }
        if !more { context.deliverPendingRecords(py) }
        let descriptor = try file.fileDescriptor(py)
        guard let range = FileRange(descriptor, offset: offset, count: count) else {
            throw PyError.raise(.value, "'file' must be an open regular file, 'offset' and 'count' not negative", py)
        }
        // If the part cannot be sent, the state of the response does not change.
        var next = cycle
        switch try checked(py, { () throws(ASGIError) in try next.body(length: range.count, more: more) }) {
        case .disconnected: throw disconnectedError(py)
        case .forward where range.count > 0:
            guard let description = range.description else {
                throw PyError.raise(.value, "'file' could not be duplicated: too many open files", py)
            }
            cycle = next
            range.advance()
            unsafe description.withUnsafeBytes { bytes in unsafe writeFile(bytes, py) }
            if !flags.contains(.buffered) { window.sent(range.count) }
        case .forward, .forwardWithoutBody:
            cycle = next
            unsafe writeBody(UnsafeRawBufferPointer(start: nil, count: 0), more: more, py)
        case .ignore: break
        }
    }

    private func writeFile(_ description: UnsafeRawBufferPointer, _ py: borrowing Python) {
        unsafe table.answers.describe(.file, slot: slot, flags: cycle.isOver ? .end : [], json: description)
        if cycle.isOver { wakeAll(py) }
    }
}
