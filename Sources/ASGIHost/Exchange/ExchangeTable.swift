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
    private var pool = ExchangePool()
    /// Bytes of bodies that came, and of responses that were taken, since somebody looked.
    var moved = 0
    private var isDetached = false
    /// The batch whose time was over before its end.
    private var rest: CommandBatch?
    private var spare: CommandBatch? = CommandBatch()
    /// Its task waits for a batch.
    private var idle: TaskRunner?

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
            while case .left = perform(batch, until: deadline, py) {}
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

    /// Why carrying out stopped.
    enum Stop {
        /// Nothing is left.
        case done
        /// The time is over.
        case late
        /// The runner's task is another's now, or has ended: the rest needs a new one.
        case left
    }

    /// Carries out commands until a request needs a task, which then goes on with the rest.
    private func perform(_ batch: CommandBatch, until deadline: UInt64, _ py: borrowing Python) -> Stop {
        while !batch.isDone {
            let command = batch.command
            if command == .request {
                let exchange = begin(batch, in: idle, py)
                batch.advance(over: command)
                if let exchange {
                    run(exchange, then: batch, until: deadline, py)
                    return AnswerWriter.now() > deadline ? .late : .left
                }
            } else {
                perform(command, batch, py)
                batch.advance(over: command)
            }
            if isLate(deadline, batch) { return .late }
        }
        return .done
    }

    /// Carries out commands for as long as a runner's task serves.
    ///
    /// (Apart from the one above, because a runner that may be `nil` is retained for each request.)
    func perform(
        _ batch: CommandBatch, in runner: TaskRunner, until deadline: UInt64, _ py: borrowing Python
    ) -> Stop {
        while !batch.isDone {
            let command = batch.command
            if command == .request {
                let exchange = begin(batch, in: runner, py)
                batch.advance(over: command)
                if let exchange, !runner.serve(exchange, py) { return .left }
            } else {
                perform(command, batch, py)
                batch.advance(over: command)
            }
            if isLate(deadline, batch) { return .late }
        }
        return .done
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

    /// Runs an application and the batch behind it, in the task that waits for one or in a new one.
    private func run(
        _ exchange: Exchange, then batch: CommandBatch, until deadline: UInt64, _ py: borrowing Python
    ) {
        // Out of the property meanwhile: an application may run the loop itself.
        if let runner = idle.take() {
            if runner.goOn(with: exchange, then: batch, until: deadline, py) {
                if runner.isIdle { keep(runner, py) }
                return
            }
        }
        context.tasks.run(TaskRunner(exchange, then: batch, of: self, until: deadline, context), py)
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
    private func begin(_ batch: CommandBatch, in runner: TaskRunner?, _ py: borrowing Python) -> Exchange? {
        let (slot, flags) = (batch[1], batch.flags)
        guard let application = context.applications[Int(batch[2])] else {
            refuse(batch, py)
            return nil
        }
        let block = batch.nextBody(batch[7])
        let body = batch.nextBody(batch[6])
        let exchange = makeExchange(slot, flags, application, in: runner, py)
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

    @inline(__always)
    private func makeExchange(
        _ slot: UInt32, _ flags: UInt32, _ application: Application, in runner: TaskRunner?, _ py: borrowing Python
    ) -> Exchange {
        if flags & Command.Flag.notHTTP != 0 {
            let type = flags & Command.Flag.raw != 0 ? RawExchange.self : WebSocketExchange.self
            return type.init(slot: slot, flags: flags, table: self, application: application, context: context)
        }
        if let exchange = runner?.takeEntered(from: &pool, py) ?? pool.take(context.callMemory, py) {
            exchange.reuse(slot: slot, flags: flags, application: application)
            return exchange
        }
        return HTTPExchange(slot: slot, flags: flags, table: self, application: application, context: context)
    }

    // MARK: - The task between batches

    /// Whether there is a place for a runner whose task waits for a batch.
    var canKeepRunner: Bool { idle == nil && !isDetached }

    /// Keeps a runner whose task waits for a batch; ends it where there is no place any more.
    func keep(_ runner: TaskRunner, _ py: borrowing Python) {
        if canKeepRunner { idle = runner } else { runner.endIdle(py) }
    }

    /// Ends the task that waits for a batch: whoever asks for all tasks now is to see only those of applications.
    func endIdle(_ py: borrowing Python) {
        idle.take()?.endIdle(py)
    }

    // MARK: - Exchanges

    /// The exchange has ended: its slot may be used again.
    @inline(__always)
    func remove(_ exchange: Exchange, _ py: borrowing Python) {
        let own = exchanges.take(Int(exchange.slot))
        answers.finished(slot: exchange.slot)
        context.answersWritten(py)
        guard let own, exchange.flags & Command.Flag.notHTTP == 0, !isDetached, !pool.isFull else {
            return exchange.leaveToPython(py)
        }
        // Sound because `makeExchange` goes by the same flag.
        pool.put(unsafeDowncast(own, to: HTTPExchange.self))
    }

    /// Cancels the tasks of an application that closes.
    func cancel(_ application: Application, _ py: borrowing Python) {
        for slot in 0..<exchanges.count {
            if let exchange = exchanges[slot], exchange.application === application { exchange.cancel(py) }
        }
    }

    /// An application is there no more: nothing that is kept to be used again keeps it.
    func forget(_ application: Application, _ py: borrowing Python) {
        // Its context has what the last request was given.
        endIdle(py)
        pool.forget(application, py)
    }

    /// The transport is gone: every exchange's client has left.
    func detach(_ py: borrowing Python) {
        isDetached = true
        endIdle(py)
        pool.clear(py)
        for slot in 0..<exchanges.count {
            exchanges[slot]?.disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
        }
    }
}
