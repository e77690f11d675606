import HTTP1
import Mailbox

/// The application's answers, written as HTTP/1.1 responses (RFC 9112).
extension Connection {
    func receive(_ record: AnswerRecord, _ head: ReceivedHead?, _ body: UnsafeRawBufferPointer) {
        let begin = output.count
        do throws(ResponseError) {
            switch record.kind {
            case .start: try unsafe start(record, head, body)
            case .body: try unsafe writeBody(body)
            case .file: try unsafe sendFile(body)
            case .end: try writeTrailers(head)
            case .interim: try interim(Int(record.number), head)
            case .credit: taken(record.view.long(Record.Index.first))
            case .fail: return unsafe fail(body)
            default: return
            }
            // `fail`, for a missing file, has ended the request already.
            if record.isEnd, slot != nil {
                try writer.end(into: &output)
                if unsafe isReplaceable(record, head, body) { page.replaceable = begin } else { complete() }
            }
        } catch {
            let code = error == .bodyTooShort ? Failure.incomplete : "ERR_ASGI_INVALID_HEADER_VALUE"
            fail(Failure.json(code, "\(error.reason)"))
        }
        willFlush()
    }

    func start(
        _ record: AnswerRecord, _ head: ReceivedHead?, _ body: UnsafeRawBufferPointer
    ) throws(ResponseError) {
        let status = Int(record.number)
        guard status >= 200, let head else { throw .status }
        if thread.server.closesConnections || awaitsContinue { writer.close() }
        line.status = status
        observation.start()
        try writer.begin(status: status, into: &output)
        try thread.server.addHeaders(besides: head, to: &writer, &output)
        try writeFields(of: head)
        let isWhole = record.isEnd && !writer.isHead
        unsafe writer.endHead(
            bodyCount: isWhole ? body.count : nil,
            hasTrailers: takesTrailers && record.view.answerFlags.contains(.trailers),
            date: thread.dateNow, into: &output)
        hasStarted = true
        try unsafe writeBody(body)
    }

    func writeFields(of head: ReceivedHead) throws(ResponseError) {
        for index in 0..<head.count {
            try unsafe writer.field(name: head.name(index), value: head.value(index), into: &output)
        }
    }

    /// Writes a piece of the body. A large piece is sent directly after the previous output, so that it is copied only
    /// once.
    func writeBody(_ body: UnsafeRawBufferPointer) throws(ResponseError) {
        uncredited += body.count
        thread.counts.bytesOut.add(body.count)
        line.bytes += body.count
        guard body.count >= Batch.blockSize else { return try unsafe writer.body(body, into: &output) }
        guard try writer.beginPiece(count: body.count, into: &output) else { return }
        unsafe send(and: body)
        writer.endPiece(into: &output)
    }

    func writeTrailers(_ head: ReceivedHead?) throws(ResponseError) {
        guard takesTrailers, let head, head.count > 0 else { return }
        writer.beginTrailers(into: &output)
        try writeFields(of: head)
    }

    func interim(_ status: Int, _ head: ReceivedHead?) throws(ResponseError) {
        guard !hasStarted, let head else { return }
        try writer.begin(status: status, into: &output)
        try writeFields(of: head)
        unsafe writer.endHead(date: UnsafeRawBufferPointer(start: nil, count: 0), into: &output)
    }

    /// The application has taken bytes of the body; 0 means that it begins to wait for the body.
    func taken(_ count: Int) {
        if count == 0, !hasStarted {
            awaitsContinue = false
            return ResponseWriter.writeContinue(into: &output)
        }
        queued -= count
        if queued <= thread.server.options.highWaterMark { resume() }
    }

    /// The application has failed.
    ///
    /// - Parameter description: the JSON of `Answer.fail`.
    func fail(_ description: UnsafeRawBufferPointer) {
        if observation.isOn { observation.failure = unsafe Array(description) }
        retract()
        if unsafe Failure.isClosed(description) {
            leaveSlot()
            if hasStarted { cut() } else { answer(503, "Service Unavailable") }
        } else {
            thread.counts.errors.add(1)
            unsafe fail(Array(description))
        }
        willFlush()
    }

    /// Reports a failure, and ends the request: with an error response, or if a response has begun, by closing the
    /// connection.
    func fail(_ failure: [UInt8]) {
        leaveSlot()
        guard hasStarted else { return answer(failure: failure) }
        thread.server.tell(.failed(failure))
        cut()
    }

    /// The client must not take the response for complete.
    private func cut() {
        isCut = true
        over(isComplete: false)
    }

    /// Answers the health path: 200 while the server accepts requests, 503 when it is closing.
    func answerHealth() {
        if !thread.server.isServing {
            answer(503, "closing", isStored: false)
        } else {
            answer(200, "ok", isStored: false)
        }
    }

    /// Answers without the application.
    ///
    /// - Parameter isStored: whether caches may store the response.
    func answer(_ status: Int, _ text: StaticString, isStored: Bool = true) {
        let body = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        unsafe answer(status, body) { () throws(ResponseError) in
            try unsafe writer.field(name: Failure.typeName, value: Failure.typeValue, into: &output)
            if !isStored { try unsafe writer.field(name: Failure.cacheName, value: Failure.cacheValue, into: &output) }
        }
    }

    /// Answers without the application, with the headers that a closure writes.
    func answer(
        _ status: Int, _ body: UnsafeRawBufferPointer, _ writeHeaders: () throws(ResponseError) -> Void
    ) {
        dropsBody = true
        line.status = status
        if thread.server.closesConnections || awaitsContinue { writer.close() }
        do throws(ResponseError) {
            try writer.begin(status: status, into: &output)
            try thread.server.addHeaders(besides: nil, to: &writer, &output)
            try writeHeaders()
            unsafe writer.endHead(bodyCount: body.count, date: thread.dateNow, into: &output)
            hasStarted = true
            try unsafe writer.body(body, into: &output)
            try writer.end(into: &output)
        } catch {
            writer.close()
        }
        complete()
        willFlush()
    }

    /// The response is complete.
    func complete() {
        leaveSlot()
        over(isComplete: true)
        dropsBody = true
        uncredited = 0
        resume()
        if !writer.keepsAlive {
            closesAfterFlush = true
        } else if phase == .answering {
            next()
        }
    }

    /// Waits for the next request.
    func next() {
        phase = .idle
        hasStarted = false
        expectRequest(in: thread.server.options.keepAliveTimeout)
    }

    /// The request is over, with or without a complete response.
    func over(isComplete: Bool) {
        guard isTaken else { return }
        isTaken = false
        if thread.isTelling { tell(isComplete: isComplete) }
        if observation.isOn {
            observation.write(status: line.status, isComplete: isComplete, to: &thread.observations)
            thread.observed()
        }
        if thread.server.options.maxRequests > 0 { thread.server.answered(1) }
    }

    /// Adds the request to the access log and the metrics.
    private func tell(isComplete: Bool) {
        if let bounds = thread.server.options.metrics {
            thread.measure(line.method, line.status, line.elapsed, line.bytes, bounds)
        }
        if let format = thread.server.options.accessLog { thread.log(line, isComplete: isComplete, as: format) }
    }

    /// Waits for the application, or for an error page, no more.
    func leaveSlot() {
        leavePage()
        if let slot { thread.leave(slot) }
        slot = nil
    }
}
