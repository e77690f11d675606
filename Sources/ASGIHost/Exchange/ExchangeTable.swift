import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A port's exchanges on the event loop's thread: reads its commands, finds the exchange, writes its answers.
final class ExchangeTable {
    let port: Port
    /// Answers on their way to the transport.
    var answers: AnswerWriter
    // Strong, although it lives as long as the process: what is not is retained at each use.
    private let context: LoopContext
    private var exchanges = ExchangeSlots()
    /// Bytes of bodies that came, and of responses that were taken, since somebody looked.
    var moved = 0
    private var isDetached = false
    /// The batch whose time was over before its end.
    private var rest: CommandBatch?
    private var spare: CommandBatch? = CommandBatch()

    init(port: Port, context: LoopContext) {
        self.port = port
        self.context = context
        answers = AnswerWriter(port: port)
    }

    /// How many exchanges have not ended.
    var count: Int {
        var count = 0
        for slot in 0..<exchanges.count where exchanges[slot] != nil { count += 1 }
        return count
    }

    // MARK: - Commands

    /// Carries out the commands that have come, until a time of `AnswerWriter.now()`.
    ///
    /// - Returns: whether nothing is left.
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

    /// Out of the properties while it is carried out: an application that runs the loop itself must not see it half
    /// done.
    private func nextBatch() -> CommandBatch? {
        if let rest = rest.take() { return rest }
        let batch = spare.take() ?? CommandBatch()
        if batch.take(from: port.commands) { return batch }
        spare = batch
        return nil
    }

    /// Carries out commands until nothing is left, or the time is over.
    private func perform(_ batch: CommandBatch, until deadline: UInt64, _ py: borrowing Python) {
        while !batch.isDone {
            let command = batch.command
            if command == .request {
                let exchange = begin(batch, py)
                batch.advance(over: command)
                exchange?.launch(py)
            } else {
                perform(command, batch, py)
                batch.advance(over: command)
            }
            if isLate(deadline, batch) { return }
        }
    }

    /// Delivers the answers when that is due.
    ///
    /// - Returns: whether the time is over.
    @inline(__always)
    private func isLate(_ deadline: UInt64, _ batch: CommandBatch) -> Bool {
        let now = AnswerWriter.now()
        if answers.isDue(at: now), batch.isShareDone || answers.isOverdue(at: now) {
            answers.deliver()
            batch.beginShare()
        }
        return now > deadline
    }

    @inline(__always)
    private func perform(_ command: Command, _ batch: CommandBatch, _ py: borrowing Python) {
        // Also of an exchange that has ended: the bodies behind it have to be found.
        let bytes = batch.nextBody(command == .disconnect ? batch[3] : command.hasBody ? batch[2] : 0)
        guard let exchange = exchanges[Int(batch[1])] else { return }
        switch command {
        case .request: break
        case .body:
            moved += bytes.count
            exchange.receiveBody(bytes, end: batch.flags & Command.Flag.end != 0, py)
        case .abort: exchange.disconnect(code: 1006, reason: bytes, py)
        case .message: exchange.receiveMessage(bytes, isText: batch.flags & Command.Flag.text != 0, py)
        case .disconnect: exchange.disconnect(code: Int(batch[2]), reason: bytes, py)
        case .acknowledge:
            moved += Int(batch[2])
            exchange.acknowledge(Int(batch[2]), flags: batch.flags, py)
        }
    }

    /// Makes the exchange of a request.
    ///
    /// - Returns: one whose application is to be called now.
    @inline(__always)
    private func begin(_ batch: CommandBatch, _ py: borrowing Python) -> Exchange? {
        let (slot, flags) = (batch[1], batch.flags)
        guard let application = context.applications[Int(batch[2])] else {
            refuse(batch, py)
            return nil
        }
        let block = batch.nextBody(batch[7])
        let body = batch.nextBody(batch[6])
        let exchange = makeExchange(slot, flags, application)
        exchanges.put(exchange, at: Int(slot))
        do throws(PyError) {
            var isHead = false
            if flags & Command.Flag.raw != 0 {
                ScopeBuilder.skip(&batch.text)
                exchange.prepare(try RawExchange.value(of: body, context, py), isHead: false)
            } else {
                let scope = try context.scopes.build(
                    application, flags: flags, headerCount: Int(batch[3]), block, clientPort: batch[4],
                    serverPort: batch[5], &batch.text, isHead: &isHead, py)
                exchange.prepare(scope, isHead: isHead)
            }
        } catch {
            exchange.refuse(PyError.take(py), py)
            return nil
        }
        let isWhole = flags & Command.Flag.end != 0
        if !isWhole { moved += body.count }
        exchange.receiveBody(body, end: isWhole, py)
        return application.begin(exchange, py) ? exchange : nil
    }

    /// A request for an application that is there no more: reads over it.
    private func refuse(_ batch: CommandBatch, _ py: borrowing Python) {
        let isApart = batch.nextBody(batch[7]).count > 0
        _ = batch.nextBody(batch[6])
        if batch.flags & Command.Flag.headApart == 0 {
            ScopeBuilder.skip(&batch.text, headerCount: isApart ? 0 : Int(batch[3]))
        }
        var json = context.bootstrap.simple("ERR_ASGI_CLOSED", "Handler closed", py)
        json.withUTF8 { bytes in
            answers.describe(.fail, slot: batch[1], json: UnsafeRawBufferPointer(bytes))
        }
        answers.finished(slot: batch[1])
    }

    private func makeExchange(_ slot: UInt32, _ flags: UInt32, _ application: Application) -> Exchange {
        let type: Exchange.Type =
            if flags & Command.Flag.raw != 0 {
                RawExchange.self
            } else if flags & Command.Flag.webSocket != 0 {
                WebSocketExchange.self
            } else {
                HTTPExchange.self
            }
        return type.init(slot: slot, flags: flags, table: self, application: application, context: context)
    }

    // MARK: - Exchanges

    /// The exchange has ended: its slot may be used again.
    @inline(__always)
    func remove(_ exchange: Exchange, _ py: borrowing Python) {
        _ = exchanges.take(Int(exchange.slot))
        answers.finished(slot: exchange.slot)
        context.answersWritten(py)
    }

    /// Cancels the tasks of an application that closes.
    func cancel(_ application: Application, _ py: borrowing Python) {
        for slot in 0..<exchanges.count {
            if let exchange = exchanges[slot], exchange.application === application { exchange.cancel(py) }
        }
    }

    /// The transport is gone: every exchange's client has left.
    func detach(_ py: borrowing Python) {
        isDetached = true
        for slot in 0..<exchanges.count {
            exchanges[slot]?.disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
        }
    }
}
