import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A channel's exchanges on the event loop's thread: executes its commands and writes its answers.
final class ExchangeTable {
    let channel: Host.Channel
    /// Writes the answers to the channel's client.
    var answers: AnswerWriter
    // Strong, although it lives as long as the process, because each use of a weak or unowned reference retains it.
    let context: LoopContext
    private var exchanges = ExchangeSlots()
    /// Decodes request heads.
    private let heads = RequestHeads()
    /// Encodes response heads.
    var responseHeads = ResponseHeads()
    /// Bytes of request bodies received and of responses credited, since the last reset.
    var moved = 0
    /// A batch whose execution was interrupted by the end of the time slice.
    private var rest: CommandBatch?
    private var spare: CommandBatch? = CommandBatch()

    init(channel: Host.Channel, context: LoopContext) {
        self.channel = channel
        self.context = context
        answers = AnswerWriter(channel: channel)
    }

    /// The number of exchanges that have not ended.
    var count: Int {
        var count = 0
        for slot in 0..<exchanges.count where exchanges[slot] != nil { count += 1 }
        return count
    }

    // MARK: - Commands

    /// Executes the commands in the mailbox, until a time of `MonotonicClock.now()`.
    ///
    /// - Returns: whether none is left.
    func drain(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        while let batch = nextBatch() {
            perform(batch, until: deadline, py)
            guard batch.isDone else {
                rest = batch
                return false
            }
            batch.batch.clear()
            spare = batch
        }
        return true
    }

    /// Removes the batch from the property while it is executed, because an application that runs the loop itself must
    /// not execute it again.
    private func nextBatch() -> CommandBatch? {
        if let rest = rest.take() { return rest }
        let batch = spare.take() ?? CommandBatch()
        if batch.take(from: channel.commands) { return batch }
        spare = batch
        return nil
    }

    /// Executes a batch until it is complete or the time is over.
    private func perform(_ batch: CommandBatch, until deadline: UInt64, _ py: borrowing Python) {
        while !batch.isDone {
            guard let record = batch.next(), record.kind != .request || isFree(record.slot) else {
                batch.drop()
                return context.bootstrap.warn("a batch of commands could not be read", py)
            }
            switch record.kind {
            case .request: begin(record, batch, py)?.launch(py)
            case .withdrawn: withdraw(record, py)
            default: perform(record, batch, py)
            }
            if isLate(deadline, batch) { return }
        }
    }

    /// Whether the slot number of a request is valid and free.
    @inline(__always)
    private func isFree(_ slot: Int) -> Bool { slot < Record.maxSlots && exchanges[slot] == nil }

    /// Delivers the answers if that is due.
    ///
    /// - Returns: whether the time is over.
    @inline(__always)
    private func isLate(_ deadline: UInt64, _ batch: CommandBatch) -> Bool {
        let now = MonotonicClock.now()
        if answers.isDue(at: now), batch.isShareDone || answers.isOverdue(at: now) {
            answers.deliver()
            batch.beginShare()
        }
        return now > deadline
    }

    @inline(__always)
    private func perform(_ record: CommandRecord, _ batch: CommandBatch, _ py: borrowing Python) {
        // Read also for an exchange that has ended, because the body may be a block, and the next record has the next
        // block.
        let bytes: UnsafeRawBufferPointer =
            switch record.kind {
            case .body, .message: unsafe batch.body(Record.Index.first, of: record)
            case .webSocketDisconnect: unsafe batch.body(Record.Index.first + 1, of: record)
            case .request, .withdrawn, .disconnect, .credit: unsafe UnsafeRawBufferPointer(start: nil, count: 0)
            }
        guard let exchange = exchanges[record.slot] else { return }
        switch record.kind {
        case .request, .withdrawn: break
        case .body:
            moved += bytes.count
            unsafe exchange.receive(.body(bytes, end: record.flags.contains(.end)), py)
        case .disconnect: unsafe exchange.disconnect(code: 1006, reason: bytes, py)
        case .message:
            let isText = record.flags.contains(.text)
            if !isText, exchange.flags.contains(.raw) {
                moved += bytes.count
                unsafe exchange.receive(.block(batch.takeBlock(Record.Index.first, of: record, bytes)), py)
            } else {
                unsafe exchange.receive(.message(bytes, isText: isText), py)
            }
        case .webSocketDisconnect: unsafe exchange.disconnect(code: Int(record[Record.Index.first]), reason: bytes, py)
        case .credit:
            let count = record.view.long(Record.Index.first)
            moved &+= count
            exchange.credit(count, flags: record.flags, py)
        }
    }

    /// Makes the exchange of a request.
    ///
    /// - Returns: the exchange if the caller must call the application now.
    @inline(__always)
    private func begin(_ record: CommandRecord, _ batch: CommandBatch, _ py: borrowing Python) -> (any Exchange)? {
        let flags = record.flags
        let body = unsafe batch.body(Command.Request.bodyLength, of: record)
        let head: RequestShape?
        do throws(PyError) {
            // Read also if the request is refused, because the next head may leave out fields of this one.
            head = flags.contains(.raw) ? nil : try heads.read(record.head, py)
        } catch {
            PyError.writeUnraisable(py)
            refuse(record, "ERR_ASGI_INTERNAL", "no memory for the request", py)
            return nil
        }
        guard let application = context.application(Int(record[Command.Request.application])) else {
            refuse(record, "ERR_ASGI_CLOSED", "Handler closed", py)
            return nil
        }
        if flags.contains(.function) { return unsafe beginCall(body, record, application, py) }
        let exchange: any Exchange
        do throws(PyError) {
            if flags.contains(.raw) {
                exchange = makeExchange(record, application)
                unsafe exchange.prepare(try context.values.read(body, nil, py))
            } else {
                guard let head else {
                    refuse(record, "ERR_ASGI_INTERNAL", "the request's head cannot be read", py)
                    return nil
                }
                if let problem = head.problem {
                    refuse(record, problem.code, problem.description, py)
                    return nil
                }
                exchange = unsafe makeExchange(
                    record, application, isHead: head[Command.Field.method].elementsEqual("HEAD"))
                let scope = try context.scopes.build(
                    application, flags: flags, head, clientPort: record[Command.Request.clientPort],
                    serverPort: record[Command.Request.serverPort], py)
                exchange.prepare(scope)
            }
        } catch {
            exchanges[record.slot]?.refuse(PyError.take(py), py)
            return nil
        }
        let isWhole = flags.contains(.end)
        if !isWhole { moved += body.count }
        unsafe exchange.receive(.body(body, end: isWhole), py)
        return application.begin(exchange, py) ? exchange : nil
    }

    /// Executes the call of a plain function, or makes its exchange: see `FunctionCalls`.
    ///
    /// - Returns: the exchange if the caller must start its task now.
    private func beginCall(
        _ octets: UnsafeRawBufferPointer, _ record: CommandRecord, _ application: Application, _ py: borrowing Python
    ) -> (any Exchange)? {
        let slot = UInt32(record.slot)
        var scope: PyOwned?
        var failure: PyOwned?
        if record.flags.contains(.end) {
            do throws(PyError) {
                let calls = try application.functions(py)
                if application.isServing {
                    switch try unsafe calls.perform(octets, slot: slot, of: self, py) {
                    case .answered:
                        answers.finished(slot: slot)
                        context.answersWritten(py)
                        return nil
                    case .needsTask(let needed): scope = consume needed
                    }
                } else {
                    scope = unsafe try calls.scope(octets, nil, py)
                }
            } catch {
                failure = PyError.take(py)
            }
        }
        let exchange = makeExchange(record, application)
        if let failure = failure.take() {
            exchange.refuse(failure, py)
            return nil
        }
        // More of its arguments follow.
        guard let scope = scope.take() else { return nil }
        exchange.prepare(scope)
        return application.begin(exchange, py) ? exchange : nil
    }

    /// Reads the head of a withdrawn request, because the next head may leave out fields of this one.
    private func withdraw(_ record: CommandRecord, _ py: borrowing Python) {
        do throws(PyError) {
            _ = try heads.read(record.head, py)
        } catch {
            PyError.writeUnraisable(py)
        }
    }

    /// Fails a request without an exchange.
    private func refuse(_ record: CommandRecord, _ code: String, _ message: String, _ py: borrowing Python) {
        let slot = UInt32(record.slot)
        var json = context.bootstrap.simple(code, message, py)
        json.withUTF8 { bytes in unsafe answers.describe(.fail, slot: slot, json: UnsafeRawBufferPointer(bytes)) }
        answers.finished(slot: slot)
    }

    @inline(__always)
    private func makeExchange(
        _ record: CommandRecord, _ application: Application, isHead: Bool = false
    ) -> any Exchange {
        let flags = record.flags
        let slot = UInt32(record.slot)
        let exchange: any Exchange =
            if flags.isDisjoint(with: .notHTTP) {
                HTTPExchange(slot: slot, flags: flags, table: self, application: application, isHead: isHead)
            } else if flags.contains(.raw) {
                RawExchange(slot: slot, flags: flags, table: self, application: application)
            } else {
                WebSocketExchange(slot: slot, flags: flags, table: self, application: application)
            }
        exchanges.put(exchange, at: record.slot)
        return exchange
    }

    // MARK: - Exchanges

    /// Frees the slot of an exchange that has ended.
    @inline(__always)
    func remove(_ exchange: ExchangeState, _ py: borrowing Python) {
        _ = exchanges.take(Int(exchange.slot))
        answers.finished(slot: exchange.slot)
        context.answersWritten(py)
    }

    /// Cancels the tasks of a closing application.
    func cancel(_ application: Application, _ py: borrowing Python) {
        for slot in 0..<exchanges.count {
            if let exchange = exchanges[slot], exchange.application === application { exchange.cancel(py) }
        }
    }

    /// Disconnects all exchanges, because the channel's client has ended.
    func detach(_ py: borrowing Python) {
        heads.clear(py)
        for slot in 0..<exchanges.count {
            unsafe exchanges[slot]?.disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
        }
    }
}
