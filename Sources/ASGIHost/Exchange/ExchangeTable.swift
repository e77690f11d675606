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
    private var inbox = Batch()

    init(port: Port, context: LoopContext) {
        self.port = port
        self.context = context
        answers = AnswerWriter(port: port)
    }

    /// How many exchanges have not ended.
    var count: Int { exchanges.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    /// Carries out all commands that have come.
    func drain(_ py: borrowing Python) {
        while port.commands.take(into: &inbox) {
            // Out of the property while it is read: what runs meanwhile must not see it half read.
            var batch = Batch()
            swap(&batch, &inbox)
            perform(&batch, py)
            batch.clear()
            swap(&batch, &inbox)
        }
    }

    private func perform(_ batch: inout Batch, _ py: borrowing Python) {
        var text = TextReader(batch.text.bytes)
        var bodies = BodyReader()
        var position = 0
        while position < batch.words.count {
            let word = batch.words[position]
            let slot = batch.words[position + 1]
            guard let command = Command(rawValue: word & 0xff) else {
                preconditionFailure("command \(word & 0xff) is unknown")
            }
            switch command {
            case .request: begin(slot, flags: word >> 8, position, &batch, &text, &bodies, py)
            case .body:
                let bytes = bodies.next(Int(batch.words[position + 2]), in: &batch)
                exchange(slot)?.receiveBody(bytes, end: word >> 8 & Command.Flag.end != 0, py)
            case .abort:
                exchange(slot)?.disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
            case .message:
                let bytes = bodies.next(Int(batch.words[position + 2]), in: &batch)
                exchange(slot)?.receiveMessage(bytes, isText: word >> 8 & Command.Flag.text != 0, py)
            case .disconnect:
                let reason = bodies.next(Int(batch.words[position + 3]), in: &batch)
                exchange(slot)?.disconnect(code: Int(batch.words[position + 2]), reason: reason, py)
            case .acknowledge: exchange(slot)?.acknowledge(Int(batch.words[position + 2]), py)
            }
            position += command.length
        }
    }

    @inline(__always)
    private func begin(
        _ slot: UInt32, flags: UInt32, _ position: Int, _ batch: inout Batch, _ text: inout TextReader,
        _ bodies: inout BodyReader, _ py: borrowing Python
    ) {
        let application = context.applications[Int(batch.words[position + 2])]!
        let headerCount = Int(batch.words[position + 3])
        let clientPort = batch.words[position + 4]
        let serverPort = batch.words[position + 5]
        let body = bodies.next(Int(batch.words[position + 6]), in: &batch)
        let exchange = makeExchange(slot, flags, application)
        put(exchange, at: Int(slot))
        do throws(PyError) {
            var isHead = false
            let scope = try context.scopes.build(
                application, flags: flags, headerCount: headerCount, clientPort: clientPort, serverPort: serverPort,
                &text, isHead: &isHead, py)
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

/// Finds the bodies of a batch's records, in order.
private struct BodyReader {
    private var offset = 0
    private var block = 0

    /// The next body of this length: in the batch's small bytes, or in a block of its own. Valid while the batch is.
    @inline(__always)
    mutating func next(_ length: Int, in batch: inout Batch) -> UnsafeRawBufferPointer {
        guard length > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        if length >= Batch.blockSize {
            defer { block += 1 }
            return UnsafeRawBufferPointer(start: batch.blocks[block].start, count: length)
        }
        defer { offset += length }
        return UnsafeRawBufferPointer(start: batch.bytes.start + offset, count: length)
    }
}
