import HTTP1
import Mailbox
import NIOCore

/// The end of a connection: by timeout, in order, or by handing it over.
extension Connection {
    /// Sets a deadline for the client.
    ///
    /// - Parameter milliseconds: from now; 0 for no limit.
    func expect(in milliseconds: Int) {
        waiting = 0
        deadline = milliseconds == 0 ? .max : MonotonicClock.now() &+ UInt64(milliseconds) &* 1_000_000
    }

    /// Sets a deadline for the client to read some of the pending output.
    func expectReading() {
        expect(in: thread.server.options.writeTimeout)
        waiting = waitingNow
    }

    /// Bytes that the system has not accepted yet.
    private var waitingNow: Int {
        do {
            return try channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
        } catch {
            // The connection is closed.
            return 0
        }
    }

    /// Checks the deadlines.
    ///
    /// - Parameter now: the monotonic time in nanoseconds.
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
        // The client is still reading the last response. Its time for the next request begins after that.
        if left > 0, !hasReadNothing { return waitForReading() }
        context.close(promise: nil)
    }

    /// The server is drained: an idle connection is kept no longer than `drainTimeout`.
    func drain() {
        if phase == .idle { expectRequest(in: thread.server.options.keepAliveTimeout) }
    }

    /// Sets a deadline for the next request, or an earlier one if the server is drained.
    func expectRequest(in milliseconds: Int) { expect(in: thread.drainTimeout ?? milliseconds) }

    /// Closes the connection if it is idle, or after its response.
    ///
    /// - Parameters:
    ///   - all: whether to close it at once in any case.
    ///   - soon: whether the connection closes after its response.
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

    /// Sends the output and closes the connection in a way that the client, which may still be sending, can read it.
    func endConnection() {
        guard phase != .gone, phase != .lingering else { return }
        // Data sent to a closed socket resets the connection, which would discard output that the client has not read.
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

    /// The client has closed its sending side: it has disconnected, or has nothing more to send.
    ///
    /// The application is told that the client has disconnected, since nothing else would tell it. What it answers
    /// without waiting is still sent, for clients such as `printf … | nc`.
    func inputEnded() {
        hasEnded = true
        switch phase {
        case .gone: break
        case .lingering: if isShut { context.close(promise: nil) }
        case .answering:
            reportDisconnect()
            deadline = MonotonicClock.now() &+ Connection.lingering
        case .idle, .head, .body: if ahead == nil { endIncomplete() }
        }
    }

    /// A request that has begun cannot be completed any more.
    func endIncomplete() {
        abort()
        endConnection()
    }

    /// Tells the application that the client has disconnected, and ignores its further answers.
    func abort() {
        guard isAwaited else { return }
        thread.counts.disconnects.add(1)
        over(isComplete: false)
        reportDisconnect()
        leaveSlot()
    }

    /// The server's time for closing is over: refuses a request that has no response yet, and otherwise closes the
    /// connection.
    func abandon() {
        guard isAwaited, !hasStarted else { return context.close(promise: nil) }
        reportDisconnect()
        leaveSlot()
        answer(503, "Service Unavailable")
    }

    /// The application has not begun its response in time.
    func expire() {
        answersUntil = .max
        guard slot != nil, !hasStarted else { return }
        let text = "No response sent within \(thread.server.options.responseTimeout) ms, the option responseTimeout"
        let failure = Failure.json("ERR_ASGI_NO_RESPONSE", text)
        if observation.isOn { observation.failure = failure }
        thread.counts.errors.add(1)
        reportDisconnect()
        fail(failure)
    }

    /// Tells the application that the client has disconnected.
    func reportDisconnect() {
        guard let slot, !isDisconnectReported else { return }
        isDisconnectReported = true
        finishRecord()
        let place = thread.commands.begin(Command.disconnect, slot: slot)
        thread.commands.finish(place)
        thread.written()
    }

    /// The application has returned before its response was complete, because the client has disconnected.
    func givenUp() {
        if page.replaceable != nil { return settle() }
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

    /// A duplicate of the connection's descriptor; negative if that is closed already.
    func duplicate() -> Int32 {
        do {
            return try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                Descriptor.duplicate($0)
            } ?? -1
        } catch {
            return -1
        }
    }

    /// Hands the connection over, with the octets that were read but not answered.
    func handOver(_ head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer) {
        // Octets that arrive before the pending answers are sent are appended.
        handedOver = unsafe Array(head) + Array(rest)
        pause()
        phase = .lingering
        expect(in: thread.server.options.writeTimeout)
        // Pending answers are sent first.
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
