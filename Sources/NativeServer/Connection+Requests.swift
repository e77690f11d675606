import HTTP1
import Mailbox
import NIOCore

/// Requests from the client, which become records.
extension Connection {
    /// Keeps input that arrives before its turn.
    func keep(_ buffer: ByteBuffer) {
        if ahead == nil {
            ahead = buffer
        } else {
            ahead!.writeImmutableBuffer(buffer)
        }
        if ahead!.readableBytes >= Connection.mostAhead { pause() }
    }

    func read(_ buffer: ByteBuffer) {
        var buffer = buffer
        let used = unsafe buffer.withUnsafeReadableBytes { bytes in
            var used = 0
            do throws(RequestError) {
                try unsafe read(bytes, &used)
            } catch {
                refuse(error)
                used = bytes.count
            }
            finishRecord()
            return used
        }
        buffer.moveReaderIndex(forwardBy: used)
        if buffer.readableBytes > 0, phase == .answering || isBetweenRequests { keep(buffer) }
        guard hasEnded, ahead == nil || phase == .answering else { return }
        inputEnded()
    }

    func read(_ bytes: UnsafeRawBufferPointer, _ used: inout Int) throws(RequestError) {
        while phase == .body || isBetweenRequests {
            if phase != .body, !hasRoom {
                // The client does not read its responses; another one would only add to them.
                isHeld = true
                return expectReading()
            }
            switch try unsafe parser.next(bytes, used: &used) {
            case .needsMore:
                if phase == .idle, parser.isInMessage {
                    phase = .head
                    expect(in: thread.server.options.headersTimeout)
                }
                return
            case .head: unsafe begin(parser.head, bytes, &used)
            case .body(let piece): unsafe receive(piece)
            case .end: ended()
            }
        }
    }

    func begin(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ used: inout Int) {
        phase = .body
        requestNumber &+= 1
        isDisconnectReported = false
        dropsBody = false
        awaitsContinue = head.expectsContinue
        hasStarted = false
        queued = 0
        uncredited = 0
        let keepsAlive = head.keepsAlive && !thread.server.closesConnections
        writer = ResponseWriter(isHead: head.isHead, minorVersion: head.minorVersion, keepsAlive: keepsAlive)
        expect(in: thread.server.options.requestTimeout)
        writer.idleSeconds = thread.server.idleSeconds
        switch thread.server.destination(of: head) {
        case .application: take(head)
        case .health:
            thread.counts.requests.add(1)
            answerHealth()
        case .notFound:
            thread.counts.requests.add(1)
            answer(404, "Not Found")
        case .listener:
            unsafe handOver(head.octets, UnsafeRawBufferPointer(rebasing: bytes[used...]))
            used = bytes.count
        }
    }

    /// Passes a request to the application, or refuses it if too many are in flight.
    func take(_ head: RequestHead) {
        thread.counts.requests.add(1)
        var sender = Sender(address: client)
        if isProxy { thread.server.options.forwarded.read(head, into: &sender) }
        isTaken = true
        if thread.isTelling { describe(head, sender) }
        if thread.server.isObserved { observation.begin(head, sender) }
        if thread.server.options.exposesErrors {
            page.request.clear(keeping: Connection.usualOutput)
            page.request.describe(head, from: sender)
        }
        if let occupancy = thread.server.options.occupancy,
            !occupancy.enter(limit: thread.server.options.maxInFlight)
        {
            if observation.isOn {
                let limit = thread.server.options.maxInFlight
                let text = "Too many requests in flight: the option maxConcurrency is \(limit)"
                observation.failure = Failure.json("ERR_ASGI_TOO_MANY_REQUESTS", text)
            }
            answer(503, "Service Unavailable")
        } else {
            ask(head, sender)
        }
    }

    /// Records what the access log and the metrics need of the request.
    private func describe(_ head: RequestHead, _ sender: Sender) {
        unsafe line.begin(method: thread.server.options.metrics?.place(of: head[head.method]) ?? 0)
        if let format = thread.server.options.accessLog { line.describe(head, from: sender.address, as: format) }
    }

    /// Begins the record of a request.
    func ask(_ head: RequestHead, _ sender: Sender) {
        let slot = thread.take(for: self)
        self.slot = slot
        // Trailers for a client that does not accept them are dropped here; the application need not know.
        takesTrailers = head.takesTrailers
        var flags: Command.Flags = [.readsOnly, .pathSend, .zeroCopySend]
        flags.formUnion(head.minorVersion == 0 ? .http10 : [.earlyHints, .trailers])
        if head.expectsContinue { flags.insert(.awaitsContinue) }
        if sender.isSecure == true { flags.insert(.secure) }
        let place = thread.commands.begin(Command.request, flags, slot: slot)
        thread.commands.append(number: UInt32(thread.server.options.application))
        thread.commands.append(number: sender.address.port)
        thread.commands.append(number: here.port)
        thread.commands.append(number: 0)
        RequestFields.write(head, client: sender.address, here: here, &thread.requestHeads, to: &thread.commands)
        thread.commands.pad()
        let timeout = thread.server.options.responseTimeout
        answersUntil = timeout == 0 ? .max : MonotonicClock.now() &+ UInt64(timeout) &* 1_000_000
        openRecord = place
        openBytes = 0
        thread.written()
    }

    func receive(_ piece: UnsafeRawBufferPointer) {
        awaitsContinue = false
        guard !dropsBody, let slot else { return }
        thread.counts.bytesIn.add(piece.count)
        queued += piece.count
        if openRecord != nil, openBytes + piece.count <= Connection.mostInRecord {
            unsafe thread.commands.append(octets: piece)
            openBytes += piece.count
        } else {
            finishRecord()
            let place = thread.commands.begin(Command.body, slot: slot)
            thread.commands.append(number: 0)
            unsafe thread.commands.finish(place, body: piece, lengthAt: Record.Index.first)
            thread.written()
        }
        if queued > thread.server.options.highWaterMark { pause() }
    }

    /// The request is complete.
    func ended() {
        expect(in: 0)
        awaitsContinue = false
        phase = isAwaited ? .answering : .idle
        guard !dropsBody, let slot else {
            if phase == .idle { next() }
            return
        }
        if let place = openRecord {
            thread.commands.add(Command.Flags.end, at: place)
            return
        }
        let place = thread.commands.begin(Command.body, .end, slot: slot)
        thread.commands.append(number: 0)
        thread.commands.finish(place)
        thread.written()
    }

    /// Finishes the record of the current request.
    func finishRecord() {
        guard let place = openRecord else { return }
        openRecord = nil
        thread.commands.setNumber(Command.Request.bodyLength, at: place, UInt32(openBytes))
        thread.commands.finish(place)
    }

    /// The request is invalid, so nothing after it can be read.
    func refuse(_ error: RequestError) {
        thread.counts.refused.add(1)
        finishRecord()
        abort()
        // More of it may follow.
        if phase == .idle { phase = .head }
        if !hasStarted {
            unsafe ErrorAnswer.write(error, isHead: parser.head.isHead, date: thread.dateNow, into: &output)
        }
        endConnection()
    }
}
