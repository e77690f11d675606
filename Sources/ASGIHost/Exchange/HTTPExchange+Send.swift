import ASGI
import Mailbox
import PythonAPI

/// The application's response on its way to the client (ASGI, "Response Start" and "Response Body").
extension HTTPExchange {
    static let sendFunction = PyFunction.oneArgument("send") { capsule, event in
        Python.enter { py throws(PyError) in
            let exchange = PyRef(capsule!).object(as: HTTPExchange.self)
            do throws(PyError) {
                try exchange.send(PyRef(event!), py)
            } catch {
                // Raised where it is awaited, as with every coroutine.
                return try exchange.context.awaitables.raising(error, py)
            }
            if exchange.unacknowledged > exchange.application.highWaterMark, !exchange.cycle.isOver {
                return try exchange.context.awaitables.polling(exchange, Operation.drain, py)
            }
            return exchange.context.awaitables.completed(py)
        }
    }

    private func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) {
        let message = MessageReader(event, context.names, py)
        let type = try message.type(py)
        if type.elementsEqual("http.response.body") {
            try sendBody(message, py)
        } else if type.elementsEqual("http.response.start") {
            try sendStart(message, event, py)
        } else if type.elementsEqual("http.response.trailers") {
            try sendTrailers(message, event, py)
        } else {
            let name = String(decoding: type, as: UTF8.self)
            let expected = cycle.isStarted ? "http.response.body" : "http.response.start"
            throw PyError.raise(.runtime, "Expected ASGI message '\(expected)', but got '\(name)'.", py)
        }
        context.answersWritten(py)
    }

    private func sendStart(
        _ message: borrowing MessageReader, _ event: borrowing some PyReference & ~Copyable, _ py: borrowing Python
    ) throws(PyError) {
        let names = context.names
        let status = try message.integer(names.status, py)
        let hasTrailers = try message.flag(names.trailers, py)
        let before = table.answers.batch.text.count
        var written = HeaderWriter.Written()
        if let given = try event.item(names.headers, py) {
            let headers = try context.headers.prepared(given, py)
            do throws(PyError) {
                written = try context.headers.write(headers, to: &table.answers.batch.text, py)
            } catch {
                table.answers.batch.text.shrink(to: before)
                throw error
            }
        }
        let verdict: HTTPCycle.Verdict
        do throws(PyError) {
            let contentLength = written.contentLength
            verdict = try judged(
                { cycle throws(ASGIError) in
                    try cycle.start(status: status, contentLength: contentLength, trailers: hasTrailers)
                }, py)
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

    private func sendBody(_ message: borrowing MessageReader, _ py: borrowing Python) throws(PyError) {
        let more = try message.flag(context.names.moreBody, py)
        try message.withBody(py) { bytes throws(PyError) in
            switch try judged({ cycle throws(ASGIError) in try cycle.body(length: bytes.count, more: more) }, py) {
            case .forward: writeBody(bytes, more: more, py)
            case .forwardWithoutBody: writeBody(UnsafeRawBufferPointer(start: nil, count: 0), more: more, py)
            case .ignore: break
            case .disconnected: throw disconnectedError(py)
            }
        }
    }

    @inline(__always)
    private func writeBody(_ bytes: UnsafeRawBufferPointer, more: Bool, _ py: borrowing Python) {
        table.answers.body(slot: slot, bytes, end: cycle.isOver)
        if flags & Command.Flag.buffered == 0 { unacknowledged += bytes.count }
        if cycle.isOver { wakeReceivers(py) }
    }

    private func sendTrailers(
        _ message: borrowing MessageReader, _ event: borrowing some PyReference & ~Copyable, _ py: borrowing Python
    ) throws(PyError) {
        let names = context.names
        let more = try message.flag(names.moreTrailers, py)
        var text = RawBuffer<UInt8>()
        if let given = try event.item(names.headers, py) {
            let headers = try context.headers.prepared(given, py)
            _ = try context.headers.write(headers, to: &text, py)
        }
        let verdict = try judged({ cycle throws(ASGIError) in try cycle.trailers(more: more) }, py)
        if verdict == .disconnected { throw disconnectedError(py) }
        guard verdict == .forward else { return }
        // Several messages make one block.
        if text.count > 0 {
            if trailers.count > 0 { trailers.append(0) }
            trailers.append(contentsOf: text.bytes)
        }
        guard cycle.isOver else { return }
        let collected = trailers
        collected.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            table.answers.batch.text.append(start, count: bytes.count)
        }
        table.answers.end(slot: slot, trailersLength: collected.count)
        wakeReceivers(py)
    }

    /// A step of the cycle, with its refusal as a Python exception.
    @inline(__always)
    private func judged(
        _ step: (inout HTTPCycle) throws(ASGIError) -> HTTPCycle.Verdict, _ py: borrowing Python
    ) throws(PyError) -> HTTPCycle.Verdict {
        do throws(ASGIError) {
            return try step(&cycle)
        } catch {
            throw error.raised(py)
        }
    }

    /// The consumer has taken bytes of the response.
    func acknowledge(_ count: Int, _ py: borrowing Python) {
        unacknowledged = max(0, unacknowledged - count)
        if unacknowledged <= application.highWaterMark { wakeSenders(py) }
    }
}
