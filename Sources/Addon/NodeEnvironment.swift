import ASGIHost
import CPlatform
import Locks
import Mailbox
import NativeServer
import NodeAPI
import Synchronization

/// The addon's state for one Node environment, on its JavaScript thread: the functions that JavaScript calls, and the
/// delivery of the hosts' answers.
///
/// It is kept alive until the environment's cleanup hook.
final class NodeEnvironment {
    /// Whether this is the process' first thread. Other threads may end while the process goes on.
    let isFirst = cplatform_is_first_thread() != 0
    let wakeFunction: WakeFunction!
    let client: NodeClient
    private let scope: CallbackScope
    /// One per event loop. The first one exists before the first handler.
    var channels: [LoopChannel] = []
    /// The objects that JavaScript has for all channels but the first.
    var furtherChannels: [NodeReference] = []
    var driver: UVLoopDriver?
    var poller: AnswerPoller?
    var pressure = MemoryPressure()
    let servers: ServerRegistry
    /// The limits of requests for applications that have servers, by the application's number.
    var occupancies: [Int: Occupancy] = [:]

    /// The first host of the process; `nil` before the first handler.
    var host: Host? { channels[0].host }

    /// The addresses of the holders, by the addresses of their event loops.
    private static let holders = Mutex<[UInt: UInt]>([:])

    /// The addon's exports for this environment, made at the first call.
    static func exports(_ node: borrowing Node) throws(NodeError) -> NodeValue {
        let loop = unsafe UInt(bitPattern: try node.eventLoop())
        if let known = holders.locked({ $0[loop] }) {
            // Sound because the holder lives until the environment's cleanup hook, which removes its address.
            let holder = unsafe Unmanaged<Holder>.fromOpaque(UnsafeRawPointer(bitPattern: known)!).takeUnretainedValue()
            if let exports = holder.exports { return try exports.value(node) }
        }
        let holder = try make(loop, node)
        let exports = try holder.environment!.exports(node)
        holder.exports = try NodeReference(exports, node)
        return exports
    }

    /// Makes the state, which ends in the environment's cleanup hook.
    private static func make(_ loop: UInt, _ node: borrowing Node) throws(NodeError) -> Holder {
        let holder = Holder(loop)
        let function = try unsafe WakeFunction("python-node", holder, node) { env, _, holder, _ in
            // When the environment ends, calls that are left come without an `env`, and the holder is gone.
            guard unsafe env != nil, let holder = unsafe holder else { return }
            // Sound because the holder lives until the environment's cleanup hook, after which no call comes.
            let environment = unsafe Unmanaged<Holder>.fromOpaque(holder).takeUnretainedValue().environment
            _ = unsafe Node.enter(env) { node throws(NodeError) in
                try environment?.deliver(node)
                return nil
            }
        }
        holder.environment = NodeEnvironment(function, try CallbackScope("python-node", node))
        try node.atCleanup {
            NodeEnvironment.holders.locked { $0[holder.loop] = nil }
            holder.environment?.end()
            holder.environment = nil
        }
        holders.locked { $0[loop] = unsafe UInt(bitPattern: Unmanaged.passUnretained(holder).toOpaque()) }
        return holder
    }

    /// Holds the environment for the thread-safe function, which is made before the environment can be.
    private final class Holder {
        let loop: UInt
        var environment: NodeEnvironment?
        /// Released by Node with the environment.
        var exports: NodeReference?

        init(_ loop: UInt) { self.loop = loop }
    }

    private init(_ function: WakeFunction, _ scope: CallbackScope) {
        wakeFunction = function
        self.scope = scope
        client = NodeClient(function)
        servers = ServerRegistry(waking: function)
    }

    private func end() {
        wakeFunction.close()
        servers.closeAll()
        for channel in channels { channel.detach() }
    }

    // MARK: - To the host

    /// `dispatch(blocks, apart)`: submits like `submit`, runs Python on this thread, which hosts the event loop, and
    /// delivers the answers.
    func dispatch(_ arguments: borrowing Node.Arguments, _ node: borrowing Node) throws(NodeError) -> NodeValue? {
        try channels[0].submit(arguments, node)
        driver?.turn(.submitted)
        if hasAnswers { try deliver(node) }
        return nil
    }

    // MARK: - From the host

    /// Whether this thread hosts the event loop and there are answers, for which no thread is woken.
    var hasAnswers: Bool { client.hasAnswers }

    /// Delivers all answers to JavaScript.
    func deliver(_ node: borrowing Node) throws(NodeError) {
        client.hasAnswers = false
        // By index, because a callback may add a channel.
        var index = 0
        while index < channels.count {
            while try channels[index].deliverBatch(node) {}
            index += 1
        }
        try servers.deliver(node)
    }

    /// Delivers all answers from a callback of libuv, outside of JavaScript.
    func deliverFromLoop() { scope.run { node throws(NodeError) in try deliver(node) } }

    /// Delivers one batch of answers of each loop.
    private func deliverBatches(_ node: borrowing Node) throws(NodeError) -> Bool {
        var isDelivered = false
        for index in channels.indices where try channels[index].deliverBatch(node) { isDelivered = true }
        return isDelivered
    }

    /// `free(buffers)`: frees the memory of Buffers that are no longer read. No other Buffer may share their memory.
    func free(_ buffers: NodeValue, _ node: borrowing Node) throws(NodeError) {
        for index in 0..<(try node.length(ofArray: buffers)) {
            pressure.remove(try node.detach(buffer: try node.element(index, of: buffers)))
        }
    }

    /// `wait(milliseconds)`: blocks this thread until there are answers, at most this long, and delivers them.
    func wait(milliseconds: Double, _ node: borrowing Node) throws(NodeError) {
        if let driver {
            driver.turn(.blocking(milliseconds))
            if hasAnswers { try deliver(node) }
            return
        }
        let seen = client.count
        // Answers that come from now on change `count`.
        _ = poller?.stopWatching()
        if try deliverBatches(node) { return }
        client.wait(after: seen, milliseconds: milliseconds)
        _ = try deliverBatches(node)
    }
}
