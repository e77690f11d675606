import HTTP1
import Mailbox
import NIOCore

/// How a connection ends: in time, in order, or in other hands.
extension Connection {
    /// The client has to do something within so many milliseconds; 0 for no limit.
    func expect(in milliseconds: Int) {
        waiting = 0
        deadline = milliseconds == 0 ? .max : MonotonicClock.now() &+ UInt64(milliseconds) &* 1_000_000
    }

    /// The client has to read some of what waits for it.
    func expectReading() {
        expect(in: thread.server.options.writeTimeout)
        waiting = waitingNow
    }

    /// Bytes that the system has not taken yet.
    private var waitingNow: Int {
        do {
            return try channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
        } catch {
            // The connection is closed.
            return 0
        }
    }

    /// Looks whether the client has taken too long.
    func look(at now: UInt64) {
        if now > answersUntil { expire() }
        guard checkFiles(), now > deadline else { return }
        let left = waitingNow
        if left > 0, left < waiting { return expectReading() }
        let hasReadNothing = waiting > 0
        deadline = .max
        if isHeld { return context.close(promise: nil) }
        if phase == .head || phase == .body, !hasStarted {
            abort()
            unsafe ErrorAnswer.write(
                status: 408, reason: "The request did not come in time.", isHead: phase == .body && writer.isHead,
                date: thread.dateNow, into: &output)
            return endConnection()
        }
        guard phase == .idle else { return context.close(promise: nil) }
        // The client still reads the last response: then it has as long as any other one for its next request.
        if left > 0, !hasReadNothing { return waitForReading() }
        context.close(promise: nil)
    }

    /// The server ends: without a request, the connection is kept for no longer than it says.
    func drain() {
        if phase == .idle { expectRequest(in: thread.server.options.keepAliveTimeout) }
    }

    /// The client has to send a request within so many milliseconds, or sooner where the server ends.
    func expectRequest(in milliseconds: Int) { expect(in: thread.drainTimeout ?? milliseconds) }

    /// Closes the connection, where `all` is false only without a request.
    func close(all: Bool, soon: Bool) {
        if all || (soon && isShut) { return context.close(promise: nil) }
        if phase == .idle { endConnection() } else if soon { writer.close() }
    }

    private func waitForReading() {
        expectReading()
        whenSent { [self] in
            if phase == .idle { expectRequest(in: thread.server.options.keepAliveTimeout) }
        }
    }

    /// Sends what was written, and closes so that the client can read it: it may still be sending.
    func endConnection() {
        guard phase != .gone, phase != .lingering else { return }
        // What a client sends to a closed connection resets it, and takes from it what it has not read.
        let isDone = hasEnded || phase == .idle
        phase = .lingering
        ahead = nil
        resume()
        expectReading()
        whenSent { [self] in
            if isDone || hasEnded { return context.close(promise: nil) }
            deadline = MonotonicClock.now() &+ Connection.lingering
            isShut = true
            context.close(mode: .output, promise: nil)
        }
    }

    /// The client sends nothing more: it has left, or it only says that this was all.
    ///
    /// The application is told that it has left, as nothing else would tell it. What it answers without waiting is still
    /// sent, to clients like `printf … | nc`.
    func inputEnded() {
        hasEnded = true
        switch phase {
        case .gone: break
        case .lingering: if isShut { context.close(promise: nil) }
        case .answering:
            tellLeft()
            deadline = MonotonicClock.now() &+ Connection.lingering
        case .idle, .head, .body: if ahead == nil { endIncomplete() }
        }
    }

    /// Nothing more can come of what has begun to come.
    func endIncomplete() {
        abort()
        endConnection()
    }

    /// The application is told that its client has left, and nothing that it still answers counts.
    func abort() {
        guard slot != nil else { return }
        thread.counts.disconnects.add(1)
        over(isComplete: false)
        tellLeft()
        leaveSlot()
    }

    /// The server's time is over: a request without a response is refused, and every other connection is closed.
    func abandon() {
        guard slot != nil, !hasStarted else { return context.close(promise: nil) }
        tellLeft()
        leaveSlot()
        answer(503, "Service Unavailable")
    }

    /// The application has not begun its response in time.
    func expire() {
        answersUntil = .max
        guard slot != nil, !hasStarted else { return }
        let failure = Failure.json("ERR_ASGI_NO_RESPONSE", "No response sent")
        if observation.isOn { observation.failure = failure }
        thread.counts.errors.add(1)
        thread.server.tell(.failed(failure))
        tellLeft()
        leaveSlot()
        answer(500, "Internal Server Error")
    }

    /// The application is told that its client has left.
    func tellLeft() {
        guard let slot, !isToldLeft else { return }
        isToldLeft = true
        finishRecord()
        let place = thread.commands.begin(Command.abort, slot: slot)
        thread.commands.finish(place)
        thread.written()
    }

    /// The application has returned before its response was complete, as its client has left.
    func givenUp() {
        thread.counts.disconnects.add(1)
        leaveSlot()
        over(isComplete: false)
        isCut = true
        willFlush()
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
        handedOver = unsafe Array(head) + Array(rest)
        pause()
        phase = .lingering
        expect(in: thread.server.options.writeTimeout)
        // What was answered before goes first.
        whenSent { [self] in
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
