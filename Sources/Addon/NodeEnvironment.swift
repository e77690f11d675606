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
final class NodeEnvironment {
    /// The process' first thread; others end while the process goes on.
    let isFirst = cplatform_is_first_thread() != 0
    let wakeFunction: WakeFunction!
    let client: NodeClient
    private let scope: CallbackScope
    /// One for each event loop; the first is there before the first handler.
    var channels: [LoopChannel] = []
    /// What the core gets of all but the first.
    var furtherChannels: [NodeReference] = []
    var driver: UVLoopDriver?
    var poller: AnswerPoller?
    var pressure = MemoryPressure()
    let servers: ServerDesk
    /// What limits the requests of applications that have servers, by the application's number.
    var occupancies: [Int: Occupancy] = [:]

    /// The first host of the process, once there is a handler.
    var host: Host? { channels[0].host }

    /// The places of the environments' sides, as addresses, by the addresses of their event loops.
    private static let places = Mutex<[UInt: UInt]>([:])

    /// The exports of the addon for this environment; its side is made when it asks first.
    static func exports(_ node: borrowing Node) throws(NodeError) -> NodeValue {
        let loop = unsafe UInt(bitPattern: try node.eventLoop())
        if let known = places.locked({ $0[loop] }) {
            // Sound because the place lives until the environment's cleanup hook, which takes its address out.
            let place = unsafe Unmanaged<Place>.fromOpaque(UnsafeRawPointer(bitPattern: known)!).takeUnretainedValue()
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
        let function = try unsafe WakeFunction("python-node", place, node) { env, _, place, _ in
            // Calls that are left when the environment ends come without one, and the place is gone.
            guard unsafe env != nil, let place = unsafe place else { return }
            // Sound because the place lives until the environment's cleanup hook, after which no other call comes.
            let environment = unsafe Unmanaged<Place>.fromOpaque(place).takeUnretainedValue().environment
            _ = unsafe Node.enter(env) { node throws(NodeError) in
                try environment?.deliver(node)
                return nil
            }
        }
        place.environment = NodeEnvironment(function, try CallbackScope("python-node", node))
        try node.atCleanup {
            NodeEnvironment.places.locked { $0[place.loop] = nil }
            place.environment?.end()
            place.environment = nil
        }
        places.locked { $0[loop] = unsafe UInt(bitPattern: Unmanaged.passUnretained(place).toOpaque()) }
        return place
    }

    /// What the thread-safe function is made with, before the environment can exist.
    private final class Place {
        let loop: UInt
        var environment: NodeEnvironment?
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
        for channel in channels { channel.detach() }
    }

    // MARK: - To the host

    /// `dispatch(blocks, apart)`: as `submit`, and has Python carry the batch out on this thread, which hosts the event loop,
    /// and delivers the answers that are there then.
    func dispatch(_ arguments: borrowing Node.Arguments, _ node: borrowing Node) throws(NodeError) -> NodeValue? {
        try channels[0].handOver(arguments, node)
        driver?.turn(.submitted)
        if hasAnswers { try deliver(node) }
        return nil
    }

    // MARK: - From the host

    /// Whether there are answers that nobody has been woken for: this thread hosts the event loop.
    var hasAnswers: Bool { client.hasAnswers }

    /// Delivers all answers that are there to the core.
    func deliver(_ node: borrowing Node) throws(NodeError) {
        client.hasAnswers = false
        // By index: what is delivered may make another channel.
        var index = 0
        while index < channels.count {
            while try channels[index].deliverBatch(node) {}
            index += 1
        }
        try servers.deliver(node)
    }

    /// Delivers all answers that are there from a callback of libuv's, outside of any JavaScript.
    func deliverFromLoop() { scope.run { node throws(NodeError) in try deliver(node) } }

    /// Delivers one batch of each loop's answers.
    ///
    /// - Returns: whether there was any.
    private func deliverBatches(_ node: borrowing Node) throws(NodeError) -> Bool {
        var isDelivered = false
        for index in channels.indices where try channels[index].deliverBatch(node) { isDelivered = true }
        return isDelivered
    }

    /// `free(buffers)`: frees the memory of Buffers that nobody reads any more, each of which has its memory for itself.
    func free(_ buffers: NodeValue, _ node: borrowing Node) throws(NodeError) {
        for index in 0..<(try node.length(ofArray: buffers)) {
            pressure.remove(try node.detach(buffer: try node.element(index, of: buffers)))
        }
    }

    /// `wait(milliseconds)`: blocks this thread until there are answers, and delivers them.
    func wait(milliseconds: Double, _ node: borrowing Node) throws(NodeError) {
        if let driver {
            driver.turn(.blocking(milliseconds))
            if hasAnswers { try deliver(node) }
            return
        }
        let seen = client.count
        // What comes from now on is counted.
        _ = poller?.stopWatching()
        if try deliverBatches(node) { return }
        client.wait(after: seen, milliseconds: milliseconds)
        _ = try deliverBatches(node)
    }
}
