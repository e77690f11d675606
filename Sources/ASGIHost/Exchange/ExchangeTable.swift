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
    /// Sound because the context lives as long as the process.
    private unowned(unsafe) let context: LoopContext
    private var exchanges: [Exchange?] = []
    /// The batch that is being carried out, when its time was over before its end.
    private var rest: Work?
    /// Memory for the next batch.
    private var spare: Batch? = Batch()

    init(port: Port, context: LoopContext) {
        self.port = port
        self.context = context
        answers = AnswerWriter(port: port)
    }

    /// How many exchanges have not ended.
    var count: Int { exchanges.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    /// Carries out the commands that have come, until a time of `AnswerWriter.now()`.
    ///
    /// - Returns: whether nothing is left.
    func drain(until deadline: UInt64, _ py: borrowing Python) -> Bool {
        while var work = nextWork() {
            let isDone = perform(&work, until: deadline, py)
            guard isDone else {
                rest = consume work
                return false
            }
            work.batch.clear()
            spare = work.takeBatch()
        }
        return true
    }

    /// Out of the properties while it is carried out: an application that runs the loop itself must not see it half
    /// done.
    private func nextWork() -> Work? {
        if let rest = rest.take() { return rest }
        var batch = spare.take() ?? Batch()
        guard port.commands.take(into: &batch) else {
            spare = consume batch
            return nil
        }
        return Work(batch)
    }

    private func perform(_ work: inout Work, until deadline: UInt64, _ py: borrowing Python) -> Bool {
        while work.position < work.batch.words.count {
            let position = work.position
            let word = work.batch.words[position]
            let slot = work.batch.words[position + 1]
            guard let command = Command(rawValue: word & 0xff) else {
                preconditionFailure("command \(word & 0xff) is unknown")
            }
            switch command {
            case .request: begin(slot, flags: word >> 8, position, &work, py)
            case .body:
                let bytes = work.nextBody(Int(work.batch.words[position + 2]))
                exchange(slot)?.receiveBody(bytes, end: word >> 8 & Command.Flag.end != 0, py)
            case .abort:
                exchange(slot)?.disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
            case .message:
                let bytes = work.nextBody(Int(work.batch.words[position + 2]))
                exchange(slot)?.receiveMessage(bytes, isText: word >> 8 & Command.Flag.text != 0, py)
            case .disconnect:
                let reason = work.nextBody(Int(work.batch.words[position + 3]))
                exchange(slot)?.disconnect(code: Int(work.batch.words[position + 2]), reason: reason, py)
            case .acknowledge: exchange(slot)?.acknowledge(Int(work.batch.words[position + 2]), py)
            }
            work.position += command.length
            let now = AnswerWriter.now()
            answers.deliverIfDue(at: now)
            if now > deadline { return work.position >= work.batch.words.count }
        }
        return true
    }

    @inline(__always)
    private func begin(
        _ slot: UInt32, flags: UInt32, _ position: Int, _ work: inout Work, _ py: borrowing Python
    ) {
        let application = context.applications[Int(work.batch.words[position + 2])]!
        let headerCount = Int(work.batch.words[position + 3])
        let clientPort = work.batch.words[position + 4]
        let serverPort = work.batch.words[position + 5]
        let body = work.nextBody(Int(work.batch.words[position + 6]))
        let exchange = makeExchange(slot, flags, application)
        put(exchange, at: Int(slot))
        do throws(PyError) {
            var isHead = false
            let scope = try context.scopes.build(
                application, flags: flags, headerCount: headerCount, clientPort: clientPort, serverPort: serverPort,
                &work.text, isHead: &isHead, py)
            exchange.prepare(scope, isHead: isHead)
        } catch {
            return exchange.refuse(PyError.take(py), py)
        }
        exchange.receiveBody(body, end: flags & Command.Flag.end != 0, py)
        application.begin(exchange, py)
    }

    @inline(__always)
    private func makeExchange(_ slot: UInt32, _ flags: UInt32, _ application: Application) -> Exchange {
        if flags & Command.Flag.webSocket != 0 {
            return WebSocketExchange(
                slot: slot, flags: flags, table: self, application: application, context: context)
        }
        return HTTPExchange(slot: slot, flags: flags, table: self, application: application, context: context)
    }

    @inline(__always)
    private func exchange(_ slot: UInt32) -> Exchange? {
        Int(slot) < exchanges.count ? exchanges[Int(slot)] : nil
    }

    @inline(__always)
    private func put(_ exchange: Exchange, at slot: Int) {
        while exchanges.count <= slot { exchanges.append(nil) }
        exchanges[slot] = exchange
    }

    /// The exchange has ended: its slot may be used again.
    @inline(__always)
    func remove(_ slot: UInt32, _ py: borrowing Python) {
        exchanges[Int(slot)] = nil
        answers.finished(slot: slot)
        context.answersWritten(py)
    }

    /// Cancels the tasks of an application that closes.
    func cancel(_ application: Application, _ py: borrowing Python) {
        for exchange in exchanges where exchange?.application === application { exchange?.cancel(py) }
    }

    /// The transport is gone: every exchange's client has left.
    func detach(_ py: borrowing Python) {
        for exchange in exchanges {
            exchange?.disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
        }
    }
}

/// A batch of commands and how far it is carried out.
private struct Work: ~Copyable {
    var batch: Batch
    var position = 0
    var text: TextReader
    private var offset = 0
    private var block = 0

    init(_ batch: consuming Batch) {
        // The memory stays where it is when the batch moves.
        text = TextReader(batch.text.bytes)
        self.batch = batch
    }

    consuming func takeBatch() -> Batch { batch }

    /// The next body of this length: in the batch's small bytes, or in a block of its own. Valid while the batch is.
    @inline(__always)
    mutating func nextBody(_ length: Int) -> UnsafeRawBufferPointer {
        guard length > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        if length >= Batch.blockSize {
            defer { block += 1 }
            return UnsafeRawBufferPointer(start: batch.blocks[block].start, count: length)
        }
        defer { offset += length }
        return UnsafeRawBufferPointer(start: batch.bytes.start + offset, count: length)
    }
}
