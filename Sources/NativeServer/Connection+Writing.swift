import Mailbox
import NIOCore

/// What is given to NIO, and how much may wait on either side.
extension Connection {
    func willFlush() {
        if isDirty { return }
        isDirty = true
        thread.willFlush(self)
    }

    /// Gives NIO what was written.
    func writeOutput() {
        if output.count > 0 { unsafe send(and: UnsafeRawBufferPointer(start: nil, count: 0)) }
    }

    /// Gives NIO what was written, and bytes after it.
    func send(and bytes: UnsafeRawBufferPointer) {
        guard phase != .gone else { return output.clear() }
        var buffer = channel.allocator.buffer(capacity: output.count + bytes.count)
        unsafe buffer.writeBytes(output.octets)
        unsafe buffer.writeBytes(bytes)
        output.clear(keeping: Connection.usualOutput)
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    /// Sends what was written, and goes on with what came ahead.
    func flush() {
        isDirty = false
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

    /// Reads what came ahead, when its turn has come.
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

    /// Has something done when the system has taken all that was written, unless the connection ends before.
    func whenSent(_ act: @escaping () -> Void) {
        writeOutput()
        let nothing = wrapOutboundOut(channel.allocator.buffer(capacity: 0))
        context.writeAndFlush(nothing).assumeIsolated().whenComplete { [self] _ in
            if phase != .gone { act() }
        }
    }

    /// Whether the client may have one more answer: it has read enough of those before.
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
