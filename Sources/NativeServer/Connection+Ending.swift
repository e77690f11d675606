import HTTP1
import Mailbox
import NIOCore

/// How a connection ends: in time, in order, or in other hands.
extension Connection {
    /// The client has to do something within so many milliseconds; 0 for no limit.
    func expect(in milliseconds: Int) {
        deadline = milliseconds == 0 ? .max : MonotonicClock.now() &+ UInt64(milliseconds) &* 1_000_000
    }

    /// Looks whether the client has taken too long.
    func look(at now: UInt64) {
        if now > answersUntil { expire() }
        guard now > deadline else { return }
        deadline = .max
        if isHeld { return context.close(promise: nil) }
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

    /// The server ends: without a request, the connection is kept for no longer than it says.
    func drain() {
        if phase == .idle { expectRequest(in: thread.server.options.keepAliveTimeout) }
    }

    /// The client has to send a request within so many milliseconds, or sooner where the server ends.
    func expectRequest(in milliseconds: Int) { expect(in: thread.drainTimeout ?? milliseconds) }

    /// Closes the connection, where `all` is false only without a request.
    func close(all: Bool, soon: Bool) {
        if all || phase == .idle { context.close(promise: nil) } else if soon { writer.close() }
    }

    /// Sends what was written, and closes so that the client can read it: it may still be sending.
    func endConnection() {
        closesAfterFlush = false
        if output.count > 0 { flush() }
        guard phase != .gone else { return }
        let isDone = phase == .idle || (phase == .answering && ahead == nil)
        phase = .lingering
        ahead = nil
        resume()
        if isDone { return context.close(promise: nil) }
        deadline = MonotonicClock.now() &+ Connection.lingering
        context.close(mode: .output, promise: nil)
    }

    /// The application has not begun its response in time.
    func expire() {
        answersUntil = .max
        guard let slot, !hasStarted else { return }
        let failure = Failure.json("ERR_ASGI_NO_RESPONSE", "No response sent")
        if observation.isOn { observation.failure = failure }
        thread.counts.errors.add(1)
        thread.server.tell(.failed(failure))
        giveUp(slot)
        answer(500, "Internal Server Error")
    }

    /// The application is told that its client has left.
    func abort() {
        guard let slot else { return }
        thread.counts.disconnects.add(1)
        over(isComplete: false)
        giveUp(slot)
    }

    private func giveUp(_ slot: UInt32) {
        finishRecord()
        let place = thread.commands.begin(Command.abort, slot: slot)
        thread.commands.finish(place)
        thread.written()
        leaveSlot()
    }

    func leave() {
        guard phase != .gone else { return }
        phase = .gone
        abort()
        thread.remove(self)
    }

    /// A second descriptor of the connection; negative where there is none, as the first is closed already.
    func duplicate() -> Int32 {
        do {
            return try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                Descriptor.duplicate($0)
            } ?? -1
        } catch {
            return -1
        }
    }

    /// Gives the connection away, with what was read of it and not answered.
    func handOver(_ head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer) {
        // What is read before the answers are sent comes after this.
        handedOver = Array(head) + Array(rest)
        pause()
        phase = .lingering
        expect(in: thread.server.options.writeTimeout)
        // What was answered before goes first.
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).assumeIsolated().whenComplete {
            [self] _ in
            guard phase != .gone else { return }
            let descriptor = duplicate()
            let octets = handedOver ?? []
            handedOver = nil
            if descriptor >= 0 {
                thread.counts.handedOver.add(1)
                thread.server.tell(.handedOver(descriptor: descriptor, octets: octets))
            }
            leave()
            context.close(promise: nil)
        }
    }
}
