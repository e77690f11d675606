import HTTP1
import Mailbox
import NIOCore

/// One connection of a client: reads requests into records, and writes the answers.
///
/// Of its thread. A connection has one request at a time: what a client sends after it waits, and is bounded.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is expected of the client.
    enum Phase {
        /// A request.
        case idle
        /// The rest of a head.
        case head
        /// The rest of a body.
        case body
        /// Nothing: its request is being answered.
        case answering
        /// Nothing more: what comes is dropped until it closes the connection.
        case lingering
        /// It is gone, or somebody else's.
        case gone
    }

    let thread: IOThread
    /// Its place among the thread's connections.
    var index = 0
    private let channel: any Channel
    private var context: ChannelHandlerContext!
    private(set) var phase = Phase.idle
    var parser: RequestParser
    private let client, here: Address
    /// When the client has to have done what is expected of it; 0 for never.
    private var deadline: UInt64 = 0

    // The request.
    private var slot: UInt32?
    /// Where its record stands in this turn's commands, while its body may be added.
    private var openRecord: Int?
    private var openBytes = 0
    /// Bytes of the body that the application has not taken.
    private var queued = 0
    /// The application does not want the rest of the body.
    private var dropsBody = false
    private var isPaused = false
    /// What came after the request that is answered.
    private var ahead: ByteBuffer?

    // The response.
    private var writer = ResponseWriter(isHead: false, minorVersion: 1, keepsAlive: true)
    private var hasStarted = false
    private var output = OctetBuffer()
    private var isDirty = false
    /// Bytes of the body that the application has not been told of that they are gone.
    private var unacknowledged = 0
    private var closesAfterFlush = false
    /// The response ends before it is complete.
    private var isCut = false
    private var line = AccessLine()

    /// Bytes that a client may send ahead of its turn.
    private static let mostAhead = 64 << 10
    /// Bytes of a body that go in the request's record.
    private static let mostInRecord = 48 << 10
    /// Octets of output whose memory is kept for the next response.
    private static let usualOutput = 2 << 10
    /// Nanoseconds that a client has to close a connection that we have closed.
    private static let lingering: UInt64 = 2_000_000_000

    init(_ thread: IOThread, _ channel: any Channel) {
        self.thread = thread
        self.channel = channel
        parser = RequestParser(limits: thread.server.options.limits)
        client = Address(channel.remoteAddress)
        here = Address(channel.localAddress)
    }

    // MARK: - From NIO

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) { begin() }

    private func begin() {
        guard deadline == 0 else { return }
        thread.add(self)
        expect(in: thread.server.options.headersTimeout)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        switch phase {
        case .lingering, .gone: return
        case .answering: keep(buffer)
        case .idle, .head, .body: read(buffer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { leave() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection; what becomes of it is told by `channelInactive`.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        // A client that closes its side cannot be told from one that has left, and is taken for that, as Node does.
        if phase != .gone { context.close(promise: nil) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        if phase == .answering { expect(in: 0) }
        acknowledge(0)
    }

    // MARK: - Requests

    /// Keeps what came too early.
    private func keep(_ buffer: ByteBuffer) {
        if ahead == nil {
            ahead = buffer
        } else {
            ahead!.writeImmutableBuffer(buffer)
        }
        if ahead!.readableBytes >= Connection.mostAhead { pause() }
    }

    private func read(_ buffer: ByteBuffer) {
        var buffer = buffer
        let used = buffer.withUnsafeReadableBytes { bytes in
            var used = 0
            do throws(RequestError) {
                try read(bytes, &used)
            } catch {
                refuse(error)
                used = bytes.count
            }
            finishRecord()
            return used
        }
        buffer.moveReaderIndex(forwardBy: used)
        if buffer.readableBytes > 0, phase == .answering { keep(buffer) }
    }

    private func read(_ bytes: UnsafeRawBufferPointer, _ used: inout Int) throws(RequestError) {
        while phase == .idle || phase == .head || phase == .body {
            switch try parser.next(bytes, used: &used) {
            case .needsMore:
                if phase == .idle, parser.isInMessage {
                    phase = .head
                    expect(in: thread.server.options.headersTimeout)
                }
                return
            case .head: begin(parser.head, bytes, &used)
            case .body(let piece): receive(piece)
            case .end: ended()
            }
        }
    }

    private func begin(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ used: inout Int) {
        thread.counts.requests.add(1)
        phase = .body
        dropsBody = false
        hasStarted = false
        queued = 0
        unacknowledged = 0
        let keepsAlive = head.keepsAlive && !thread.server.closesConnections
        writer = ResponseWriter(isHead: head.isHead, minorVersion: head.minorVersion, keepsAlive: keepsAlive)
        expect(in: thread.server.options.requestTimeout)
        if thread.server.options.logsAccess { line.begin(head) }
        switch thread.server.destination(of: head) {
        case .application:
            let most = thread.server.options.maxInFlight
            if most > 0, thread.server.inFlight >= most { answer(503, "Service Unavailable") } else { ask(head) }
        case .health: answer(200, "OK")
        case .nowhere: answer(404, "Not Found")
        case .listener:
            handOver(head.octets, UnsafeRawBufferPointer(rebasing: bytes[used...]))
            used = bytes.count
        }
    }

    /// Begins the record of a request.
    private func ask(_ head: RequestHead) {
        let slot = thread.take(for: self)
        self.slot = slot
        var flags = Command.Flag.readsOnly | Command.Flag.earlyHints | Command.Flag.trailers
        if head.minorVersion == 0 { flags = Command.Flag.readsOnly | Command.Flag.http10 }
        if head.expectsContinue { flags |= Command.Flag.awaitsContinue }
        let place = thread.commands.begin(Command.request.rawValue, flags: flags, slot: slot)
        thread.commands.append(number: UInt32(thread.server.options.application))
        thread.commands.append(number: client.port)
        thread.commands.append(number: here.port)
        thread.commands.append(number: 0)
        RequestFields.write(head, client: client, here: here, &thread.requestHeads, to: &thread.commands)
        thread.commands.pad()
        openRecord = place
        openBytes = 0
        thread.written()
    }

    private func receive(_ piece: UnsafeRawBufferPointer) {
        guard !dropsBody, let slot else { return }
        thread.counts.bytesIn.add(piece.count)
        queued += piece.count
        if openRecord != nil, openBytes + piece.count <= Connection.mostInRecord {
            thread.commands.append(octets: piece)
            openBytes += piece.count
        } else {
            finishRecord()
            let place = thread.commands.begin(Command.body.rawValue, slot: slot)
            let isBlock = piece.count >= Batch.blockSize
            thread.commands.append(number: isBlock ? Record.inBlock : UInt32(piece.count))
            if isBlock { thread.commands.append(block: piece) } else { thread.commands.append(octets: piece) }
            thread.commands.finish(place)
            thread.written()
        }
        if queued > thread.server.options.highWaterMark { pause() }
    }

    /// The request is complete.
    private func ended() {
        expect(in: 0)
        phase = slot == nil ? .idle : .answering
        guard !dropsBody, let slot else { return next() }
        if let place = openRecord {
            let word = thread.commands.number(Record.Place.kind, at: place)
            thread.commands.setNumber(Record.Place.kind, at: place, word | Command.Flag.end << 8)
            return
        }
        let place = thread.commands.begin(Command.body.rawValue, flags: Command.Flag.end, slot: slot)
        thread.commands.append(number: 0)
        thread.commands.finish(place)
        thread.written()
    }

    /// Ends the record of a request that is being written.
    private func finishRecord() {
        guard let place = openRecord else { return }
        openRecord = nil
        thread.commands.setNumber(Command.Request.bodyLength, at: place, UInt32(openBytes))
        thread.commands.finish(place)
    }

    /// The request cannot be read: nothing after it can.
    private func refuse(_ error: RequestError) {
        thread.counts.refused.add(1)
        finishRecord()
        abort()
        if !hasStarted { ErrorAnswer.write(error, date: thread.dateNow, into: &output) }
        endConnection()
    }

    // MARK: - Answers

    func receive(_ record: AnswerRecord, _ head: ReceivedHead?, _ body: UnsafeRawBufferPointer) {
        do throws(ResponseError) {
            switch record.kind {
            case .start: try start(record, head, body)
            case .body:
                try writeBody(body)
            case .end: try writeTrailers(head)
            case .interim: try interim(Int(record.number), head)
            case .room: taken(record.long)
            case .fail: return fail(body)
            default: return
            }
            if record.isEnd {
                try writer.end(into: &output)
                complete()
            }
        } catch {
            thread.server.tell(.failed(Failure.json("ERR_ASGI_INVALID_HEADER_VALUE", error.reason)))
            fail()
        }
        willFlush()
    }

    private func start(
        _ record: AnswerRecord, _ head: ReceivedHead?, _ body: UnsafeRawBufferPointer
    ) throws(ResponseError) {
        let status = Int(record.number)
        guard status >= 200, let head else { throw .status }
        if thread.server.closesConnections { writer.close() }
        line.status = status
        try writer.begin(status: status, into: &output)
        for index in 0..<head.count {
            try writer.field(name: head.name(index), value: head.value(index), into: &output)
        }
        try thread.server.addHeaders(besides: head, to: &writer, &output)
        let isWhole = record.isEnd && !writer.isHeadRequest
        writer.endHead(
            bodyCount: isWhole ? body.count : nil, hasTrailers: record.flags & Answer.Flag.trailers != 0,
            date: thread.dateNow, into: &output)
        hasStarted = true
        try writeBody(body)
    }

    /// Writes a piece of the body: a large one is sent behind what was written before, so that it is copied once.
    private func writeBody(_ body: UnsafeRawBufferPointer) throws(ResponseError) {
        unacknowledged += body.count
        thread.counts.bytesOut.add(body.count)
        line.bytes += body.count
        guard body.count >= Batch.blockSize else { return try writer.body(body, into: &output) }
        guard try writer.beginPiece(count: body.count, into: &output) else { return }
        send(and: body)
        writer.endPiece(into: &output)
    }

    private func writeTrailers(_ head: ReceivedHead?) throws(ResponseError) {
        guard let head, head.count > 0 else { return }
        writer.beginTrailers(into: &output)
        for index in 0..<head.count {
            try writer.field(name: head.name(index), value: head.value(index), into: &output)
        }
    }

    private func interim(_ status: Int, _ head: ReceivedHead?) throws(ResponseError) {
        guard !hasStarted, let head else { return }
        try writer.begin(status: status, into: &output)
        for index in 0..<head.count {
            try writer.field(name: head.name(index), value: head.value(index), into: &output)
        }
        writer.endHead(date: UnsafeRawBufferPointer(start: nil, count: 0), into: &output)
    }

    /// The application has taken bytes of the body, or waits for them.
    private func taken(_ count: Int) {
        if count == 0, !hasStarted { return ResponseWriter.writeContinue(into: &output) }
        queued -= count
        if queued <= thread.server.options.highWaterMark { resume() }
    }

    /// The application has failed, as it is told to the handler.
    private func fail(_ description: UnsafeRawBufferPointer) {
        let isClosed = Failure.isClosed(description)
        if !isClosed {
            thread.counts.errors.add(1)
            thread.server.tell(.failed(Array(description)))
        }
        fail(isClosed ? 503 : 500)
        willFlush()
    }

    private func fail(_ status: Int = 500) {
        leaveSlot()
        guard !hasStarted else {
            // The client must not take it for complete.
            isCut = true
            return log(isComplete: false)
        }
        answer(status, status == 503 ? "Service Unavailable" : "Internal Server Error")
    }

    /// Answers by itself.
    private func answer(_ status: Int, _ text: StaticString) {
        dropsBody = true
        line.status = status
        let body = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        do throws(ResponseError) {
            try writer.begin(status: status, into: &output)
            try writer.field(name: Failure.typeName, value: Failure.typeValue, into: &output)
            writer.endHead(bodyCount: body.count, date: thread.dateNow, into: &output)
            hasStarted = true
            try writer.body(body, into: &output)
            try writer.end(into: &output)
        } catch {
            writer.close()
        }
        complete()
        willFlush()
    }

    /// The response is complete.
    private func complete() {
        leaveSlot()
        log(isComplete: true)
        dropsBody = true
        unacknowledged = 0
        resume()
        if !writer.keepsAlive {
            closesAfterFlush = true
        } else if phase == .answering {
            next()
        }
    }

    /// The next request may come.
    private func next() {
        phase = .idle
        expect(in: thread.server.options.keepAliveTimeout)
    }

    private func log(isComplete: Bool) {
        guard thread.server.options.logsAccess else { return }
        line.write(client, isComplete: isComplete, to: &thread.log)
        thread.logged()
    }

    private func leaveSlot() {
        if let slot { thread.leave(slot) }
        slot = nil
    }

    // MARK: - Writing

    private func willFlush() {
        if isDirty { return }
        isDirty = true
        thread.willFlush(self)
    }

    /// Gives NIO what was written, and bytes after it.
    private func send(and bytes: UnsafeRawBufferPointer) {
        guard phase != .gone else { return output.clear() }
        var buffer = channel.allocator.buffer(capacity: output.count + bytes.count)
        buffer.writeBytes(output.octets)
        buffer.writeBytes(bytes)
        output.clear(keeping: Connection.usualOutput)
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    /// Sends what was written, and goes on with what came ahead.
    func flush() {
        isDirty = false
        guard phase != .gone else { return output.clear() }
        if output.count > 0 { send(and: UnsafeRawBufferPointer(start: nil, count: 0)) }
        context.flush()
        if isCut {
            phase = .lingering
            return context.close(promise: nil)
        }
        if closesAfterFlush { return endConnection() }
        if !channel.isWritable {
            if phase == .answering { expect(in: thread.server.options.writeTimeout) }
        } else if unacknowledged > 0 {
            acknowledge(Command.Flag.flows)
        }
        if phase == .idle, let buffer = ahead {
            ahead = nil
            resume()
            read(buffer)
        }
    }

    private func acknowledge(_ pace: UInt32) {
        guard unacknowledged > 0, let slot else { return }
        let place = thread.commands.begin(Command.acknowledge.rawValue, flags: pace, slot: slot)
        thread.commands.append(long: unacknowledged)
        thread.commands.finish(place)
        unacknowledged = 0
        thread.written()
    }

    // MARK: - Back-pressure

    private func pause() {
        if isPaused { return }
        isPaused = true
        _ = channel.setOption(.autoRead, value: false)
    }

    private func resume() {
        guard isPaused, (ahead?.readableBytes ?? 0) < Connection.mostAhead else { return }
        isPaused = false
        _ = channel.setOption(.autoRead, value: true)
    }

    // MARK: - The end

    /// The client has to do something within so many milliseconds; 0 for no limit.
    private func expect(in milliseconds: Int) {
        deadline = milliseconds == 0 ? .max : IOThread.now() &+ UInt64(milliseconds) &* 1_000_000
    }

    /// Looks whether the client has taken too long.
    func look(at now: UInt64) {
        guard now > deadline else { return }
        deadline = .max
        if phase == .head || phase == .body, !hasStarted {
            abort()
            ErrorAnswer.write(
                status: 408, reason: "The request did not come in time.", date: thread.dateNow, into: &output)
            return endConnection()
        }
        guard phase == .idle else { return context.close(promise: nil) }
        // The client may still be reading the last response.
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).assumeIsolated().whenComplete {
            [self] _ in
            if phase == .idle, deadline == .max { context.close(promise: nil) }
        }
    }

    /// Closes the connection, where `all` is false only without a request.
    func close(all: Bool, soon: Bool) {
        if all || phase == .idle { context.close(promise: nil) } else if soon { writer.close() }
    }

    /// Sends what was written, and closes so that the client can read it: it may still be sending.
    private func endConnection() {
        closesAfterFlush = false
        if output.count > 0 { flush() }
        guard phase != .gone else { return }
        let isDone = phase == .idle || (phase == .answering && ahead == nil)
        phase = .lingering
        ahead = nil
        resume()
        if isDone { return context.close(promise: nil) }
        deadline = IOThread.now() &+ Connection.lingering
        context.close(mode: .output, promise: nil)
    }

    /// The application is told that its client has left.
    private func abort() {
        guard let slot else { return }
        thread.counts.disconnects.add(1)
        log(isComplete: false)
        finishRecord()
        let place = thread.commands.begin(Command.abort.rawValue, slot: slot)
        thread.commands.finish(place)
        thread.written()
        leaveSlot()
    }

    private func leave() {
        guard phase != .gone else { return }
        phase = .gone
        abort()
        thread.remove(self)
    }

    // MARK: - Handing over

    /// A second descriptor of the connection; negative where there is none, as the first is closed already.
    private func duplicate() -> Int32 {
        do {
            return try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                Descriptor.duplicate($0)
            } ?? -1
        } catch {
            return -1
        }
    }

    /// Gives the connection away, with what was read of it and not answered.
    private func handOver(_ head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer) {
        let octets = Array(head) + Array(rest)
        pause()
        phase = .lingering
        deadline = .max
        // What was answered before goes first.
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).assumeIsolated().whenComplete {
            [self] _ in
            guard phase != .gone else { return }
            let descriptor = duplicate()
            if descriptor >= 0 {
                thread.counts.handedOver.add(1)
                thread.server.tell(.handedOver(descriptor: descriptor, octets: octets))
            }
            leave()
            context.close(promise: nil)
        }
    }
}
