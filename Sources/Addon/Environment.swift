import ASGIHost
import CPlatform
import Locks
import Mailbox
import NativeServer
import NodeAPI
import Synchronization

/// One Node environment's side of the bridge, on its JavaScript thread: what the core in JavaScript calls, and what
/// delivers the host's answers to it.
///
/// Kept alive by itself until the environment's cleanup hook.
final class Environment {
    /// The process' first thread; others end while the process goes on.
    let isFirst = cplatform_is_first_thread() != 0
    let wakeFunction: WakeFunction!
    let client: NodeClient
    private let scope: CallbackScope
    var host: Host?
    var channel: Host.Channel?
    var hosting: HostingLoop?
    var lookout: Lookout?
    private var outgoing = Batch()
    /// Memory for the next batch of answers.
    private var spare: Batch? = Batch()
    /// The core reads from `memory.answers` now.
    private var isReading = false
    var memory: SharedMemory!
    var receiver: NodeReference?
    private var pressure = MemoryPressure()
    let servers: ServerDesk
    /// What limits the requests of applications that have servers, by the application's number.
    var occupancies: [Int: Occupancy] = [:]

    /// The places of the environments' sides, as addresses, by the addresses of their event loops.
    private static let places = Mutex<[UInt: UInt]>([:])

    /// The exports of the addon for this environment; its side is made when it asks first.
    static func exports(_ node: borrowing Node) throws(NodeError) -> NodeValue {
        let loop = UInt(bitPattern: try node.eventLoop())
        if let known = places.locked({ $0[loop] }) {
            // Sound because the place lives until the environment's cleanup hook, which takes its address out.
            let place = Unmanaged<Place>.fromOpaque(UnsafeRawPointer(bitPattern: known)!).takeUnretainedValue()
            if let exports = place.exports { return try exports.value(node) }
        }
        let place = try make(loop, node)
        let exports = try place.environment!.exports(node)
        place.exports = try NodeReference(exports, node)
        return exports
    }

    /// Makes the environment's side and has it end with the environment.
    private static func make(_ loop: UInt, _ node: borrowing Node) throws(NodeError) -> Place {
        let place = Place(loop)
        let function = try WakeFunction("python-node", place, node) { env, _, place, _ in
            // Calls that are left when the environment ends come without one, and the place is gone.
            guard env != nil, let place else { return }
            // Sound because the place lives until the environment's cleanup hook, after which no other call comes.
            let environment = Unmanaged<Place>.fromOpaque(place).takeUnretainedValue().environment
            _ = Node.enter(env) { node throws(NodeError) in
                try environment?.deliver(node)
                return nil
            }
        }
        place.environment = Environment(function, try CallbackScope("python-node", node))
        try node.atCleanup {
            Environment.places.locked { $0[place.loop] = nil }
            place.environment?.end()
            place.environment = nil
        }
        places.locked { $0[loop] = UInt(bitPattern: Unmanaged.passUnretained(place).toOpaque()) }
        return place
    }

    /// What the thread-safe function is made with, before the environment can exist.
    private final class Place {
        let loop: UInt
        var environment: Environment?
        /// Given back with the environment.
        var exports: NodeReference?

        init(_ loop: UInt) { self.loop = loop }
    }

    private init(_ function: WakeFunction, _ scope: CallbackScope) {
        wakeFunction = function
        self.scope = scope
        client = NodeClient(function)
        servers = ServerDesk(waking: function)
    }

    private func end() {
        wakeFunction.close()
        servers.closeAll()
        if let host, let channel { host.detach(channel) }
    }

    // MARK: - To the host

    /// `submit(blocks, apart)`: hands a batch of commands over.
    ///
    /// `blocks` are its large bodies, or undefined. `apart` is a Buffer with its records, or undefined where they are in
    /// `memory`.
    func submit(_ arguments: borrowing Node.Arguments, _ node: borrowing Node) throws(NodeError) -> NodeValue? {
        try handOver(arguments, node)
        return nil
    }

    /// `dispatch(blocks, apart)`: hands a batch over, has Python carry it out on this thread, which hosts the event loop, and
    /// delivers the answers that are there then.
    func dispatch(_ arguments: borrowing Node.Arguments, _ node: borrowing Node) throws(NodeError) -> NodeValue? {
        try handOver(arguments, node)
        hosting?.turn(.submitted)
        if hasAnswers { try deliver(node) }
        return nil
    }

    private func handOver(_ arguments: borrowing Node.Arguments, _ node: borrowing Node) throws(NodeError) {
        guard let channel else { return }
        var records = UnsafeRawBufferPointer(start: memory.commands, count: 4 * Int(memory.used.pointee))
        if try !node.isUndefined(arguments[1]) { records = try node.bytes(ofBuffer: arguments[1]) }
        // Everything was handed over before.
        guard records.count > 0 else { return }
        outgoing.append(octets: records)
        if try !node.isUndefined(arguments[0]) {
            for index in 0..<(try node.length(ofArray: arguments[0])) {
                outgoing.append(block: try node.bytes(ofBuffer: try node.element(index, of: arguments[0])))
            }
        }
        channel.submit(&outgoing, wakes: hosting == nil)
        lookout?.passed(records.count / 4)
    }

    // MARK: - From the host

    /// Whether there are answers that nobody has been woken for: this thread hosts the event loop.
    var hasAnswers: Bool { client.hasAnswers }

    /// Delivers all answers that are there to the core.
    func deliver(_ node: borrowing Node) throws(NodeError) {
        client.hasAnswers = false
        while try deliverBatch(node) {}
        try servers.deliver(node)
    }

    /// Delivers all answers that are there from a callback of libuv's, outside of any JavaScript.
    func deliverFromLoop() { scope.run { node throws(NodeError) in try deliver(node) } }

    /// Delivers one batch of answers, if there is one.
    ///
    /// The core may come back here while it reads one: in a callback that asks synchronously. So each batch is out of
    /// the properties while it is read.
    private func deliverBatch(_ node: borrowing Node) throws(NodeError) -> Bool {
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

    /// Calls `receive(numbers, count, blocks)` with one batch; the numbers are in the memory that the core has, where they
    /// have room: making an array costs more than answering a request.
    private func pass(_ batch: inout Batch, to receiver: NodeValue, _ node: borrowing Node) throws(NodeError) {
        let count = batch.records.count / 4
        var (array, numbers) = (try memory.answersArray.value(node), memory.answers)
        let isInner = isReading
        if isInner || count > SharedMemory.answerCapacity { (array, numbers) = try node.numbers(capacity: count) }
        UnsafeMutableRawPointer(numbers).copyMemory(from: batch.records.start, byteCount: 4 * count)
        var blocks = try node.undefined()
        if batch.blocks.count > 0 {
            blocks = try node.array()
            var total = 0
            for index in 0..<batch.blocks.count {
                let block = batch.takeBlock(index)
                try node.set(index, of: blocks, to: try buffer(of: block, node))
                total += block.count
            }
            try pressure.add(total, node)
        }
        isReading = true
        defer { isReading = isInner }
        try node.call(receiver, (array, try node.number(Double(count)), blocks, nil, nil), count: 3)
        lookout?.passed(count)
    }

    /// A Buffer over the memory of a block that was taken.
    private func buffer(of block: Batch.Block, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        // Sound because nobody else has the block.
        let start = block.start!
        if let loan = block.loan {
            return try node.buffer(takingOver: start, count: block.count, hint: loan) { _, _, loan in Loan.end(loan!) }
        }
        let count = UnsafeMutableRawPointer(bitPattern: block.count)
        return try node.buffer(takingOver: start, count: block.count, hint: count) { _, memory, count in
            BlockPool.give(memory, Int(bitPattern: count))
        }
    }

    /// `free(buffers)`: frees the memory of Buffers that nobody reads any more, each of which has its memory for itself.
    func free(_ buffers: NodeValue, _ node: borrowing Node) throws(NodeError) {
        for index in 0..<(try node.length(ofArray: buffers)) {
            pressure.remove(try node.detach(buffer: try node.element(index, of: buffers)))
        }
    }

    /// `wait(milliseconds)`: blocks this thread until there are answers, and delivers them.
    func wait(milliseconds: Double, _ node: borrowing Node) throws(NodeError) {
        if let hosting {
            hosting.turn(.blocking(milliseconds))
            if hasAnswers { try deliver(node) }
            return
        }
        let seen = client.count
        // What comes from now on is counted.
        _ = lookout?.stopWatching()
        if try deliverBatch(node) { return }
        client.wait(after: seen, milliseconds: milliseconds)
        _ = try deliverBatch(node)
    }
}
