import ASGIHost
import Mailbox
import NodeAPI

/// The connection between one Node environment and one event loop: JavaScript's commands in one direction, answers in
/// the other.
///
/// Used on the environment's JavaScript thread, and owned by the environment. The first one exists before there is a
/// loop.
final class LoopChannel {
    unowned let environment: NodeEnvironment
    private(set) var host: Host?
    private(set) var channel: Host.Channel?
    let memory: SharedMemory
    var receiver: NodeReference?
    private var outgoing = Batch()
    /// Memory for the next batch of answers; `nil` while a batch is delivered.
    private var spare: Batch? = Batch()
    /// Whether JavaScript is reading from `memory.answers`.
    private var isReading = false

    /// Makes the channel's memory.
    ///
    /// - Parameter native: the object that gets the channel's arrays.
    init(_ environment: NodeEnvironment, for native: NodeValue, _ node: borrowing Node) throws(NodeError) {
        self.environment = environment
        memory = try SharedMemory(for: native, node)
    }

    /// Connects it with an event loop.
    func attach(to host: Host) {
        channel = host.attach(environment.client, isLocal: environment.client.isLocal)
        self.host = host
    }

    /// Disconnects it from its event loop.
    func detach() {
        if let host, let channel { host.detach(channel) }
    }

    // MARK: - To the host

    /// Submits a batch of commands: the records in `memory` or in the Buffer `arguments[1]`, with the large bodies in
    /// the array `arguments[0]`.
    func submit(_ arguments: borrowing Node.Arguments, _ node: borrowing Node) throws(NodeError) {
        guard let channel else { return }
        var records = unsafe UnsafeRawBufferPointer(start: memory.commands, count: 4 * Int(memory.used.pointee))
        if try !node.isUndefined(arguments[1]) { unsafe records = try unsafe node.bytes(ofBuffer: arguments[1]) }
        // Everything was submitted before.
        guard records.count > 0 else { return }
        unsafe outgoing.append(octets: records)
        if try !node.isUndefined(arguments[0]) {
            for index in 0..<(try node.length(ofArray: arguments[0])) {
                unsafe outgoing.append(block: try node.bytes(ofBuffer: try node.element(index, of: arguments[0])))
            }
        }
        // A thread that hosts the loop runs Python itself.
        channel.submit(&outgoing, wakes: environment.driver == nil)
        environment.poller?.didPass(records.count / 4)
    }

    // MARK: - From the host

    /// Delivers one batch of answers to JavaScript.
    ///
    /// JavaScript may call this again while it reads a batch, in a callback that makes a synchronous request. Therefore
    /// the batch being read is not stored in the properties.
    /// - Returns: whether there was one.
    func deliverBatch(_ node: borrowing Node) throws(NodeError) -> Bool {
        guard let channel, let receiver else { return false }
        var batch = spare.take() ?? Batch()
        guard channel.answers.take(into: &batch) else {
            spare = consume batch
            return false
        }
        var failure: NodeError?
        do throws(NodeError) {
            try pass(&batch, to: try receiver.value(node), node)
        } catch {
            failure = error
        }
        batch.clear()
        spare = consume batch
        if let failure { throw failure }
        return true
    }

    /// Calls `receive(numbers, count, blocks)` with a batch. The numbers are copied to the array that JavaScript
    /// already has, because making an array costs more than answering a request; a batch that is too large, or is
    /// delivered while another is read, gets an array of its own.
    private func pass(_ batch: inout Batch, to receiver: NodeValue, _ node: borrowing Node) throws(NodeError) {
        let count = batch.records.count / 4
        var (array, numbers) = unsafe (try memory.answersArray.value(node), memory.answers)
        let isInner = isReading
        if isInner || count > SharedMemory.answerCapacity {
            unsafe (array, numbers) = try node.numbers(capacity: count)
        }
        unsafe UnsafeMutableRawPointer(numbers).copyMemory(from: batch.records.start, byteCount: 4 * count)
        var blocks = try node.undefined()
        if batch.blocks.count > 0 {
            blocks = try node.array()
            var total = 0
            for index in 0..<batch.blocks.count {
                let block = batch.takeBlock(index)
                try node.set(index, of: blocks, to: try buffer(of: block, node))
                total += block.count
            }
            try environment.pressure.add(total, node)
        }
        isReading = true
        defer { isReading = isInner }
        try node.call(receiver, (array, try node.number(Double(count)), blocks, nil, nil), count: 3)
        environment.poller?.didPass(count)
    }

    /// A Buffer that takes over a block's memory.
    private func buffer(of block: Batch.Block, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        // Sound because the block was taken out of the batch.
        let start = unsafe block.start!
        if let borrowed = unsafe block.borrowed {
            return try unsafe node.buffer(takingOver: start, count: block.count, hint: borrowed) { _, _, borrowed in
                unsafe BorrowedBuffer.release(borrowed!)
            }
        }
        let count = unsafe UnsafeMutableRawPointer(bitPattern: block.count)
        return try unsafe node.buffer(takingOver: start, count: block.count, hint: count) { _, memory, count in
            unsafe BlockPool.release(memory, Int(bitPattern: count))
        }
    }
}
