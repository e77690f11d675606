import Mailbox
import NIOCore

/// Output to NIO, and backpressure in both directions.
extension Connection {
    func willFlush() {
        if isDirty { return }
        isDirty = true
        thread.willFlush(self)
    }

    /// Passes the output to NIO.
    func writeOutput() {
        if output.count > 0 { unsafe send(and: UnsafeRawBufferPointer(start: nil, count: 0)) }
    }

    /// Passes the output and further bytes to NIO.
    func send(and bytes: UnsafeRawBufferPointer) {
        guard phase != .gone else { return output.clear() }
        var buffer = channel.allocator.buffer(capacity: output.count + bytes.count)
        unsafe buffer.writeBytes(output.octets)
        unsafe buffer.writeBytes(bytes)
        output.clear(keeping: Connection.usualOutput)
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    /// Sends the output and continues with pending input.
    func flush() {
        isDirty = false
        if page.replaceable != nil { settle() }
        guard phase != .gone else { return output.clear() }
        writeOutput()
        context.flush()
        if phase == .lingering { return }
        if isCut || closesAfterFlush { return endConnection() }
        if !channel.isWritable {
            if phase == .answering { expectReading() }
        } else if uncredited > 0 {
            credit(.fastConsumer)
        }
        goOn()
    }

    /// Reads pending input if it is its turn.
    func goOn() {
        guard isBetweenRequests, hasRoom else { return }
        if isHeld {
            isHeld = false
            let options = thread.server.options
            expect(in: phase == .head ? options.headersTimeout : options.keepAliveTimeout)
        }
        guard let buffer = ahead else {
            if hasEnded, phase == .idle { return endConnection() }
            return resume()
        }
        ahead = nil
        resume()
        read(buffer)
    }

    /// Calls a closure when the system has accepted all output, unless the connection ends before.
    func whenSent(_ act: @escaping () -> Void) {
        writeOutput()
        let nothing = wrapOutboundOut(channel.allocator.buffer(capacity: 0))
        context.writeAndFlush(nothing).assumeIsolated().whenComplete { [self] _ in
            if phase != .gone { act() }
        }
    }

    /// Whether the client has read enough of the earlier responses to get another one.
    var hasRoom: Bool { output.count < Connection.mostAhead && channel.isWritable }

    func credit(_ pace: Command.Flags) {
        guard uncredited > 0, let slot else { return }
        let place = thread.commands.begin(Command.credit, pace, slot: slot)
        thread.commands.append(long: uncredited)
        thread.commands.finish(place)
        uncredited = 0
        thread.written()
    }

    func pause() {
        if isPaused { return }
        isPaused = true
        _ = channel.setOption(.autoRead, value: false)
    }

    func resume() {
        guard isPaused, (ahead?.readableBytes ?? 0) < Connection.mostAhead else { return }
        isPaused = false
        _ = channel.setOption(.autoRead, value: true)
    }
}
