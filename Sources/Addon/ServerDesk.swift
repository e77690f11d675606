import Locks
import NativeServer
import NodeAPI
import Synchronization

/// One Node environment's native HTTP servers, and what they have to tell it.
///
/// Events come from I/O threads and are delivered on the JavaScript thread: `@unchecked` because the receiver is that
/// thread's alone.
final class ServerDesk: ServerObserver, @unchecked Sendable {
    private let function: WakeFunction
    /// Events that wait for JavaScript; `nil` when there is none any more.
    private let events = Mutex<[(server: Int, event: ServerEvent)]?>([])
    /// Whether there are some, without the lock: this is asked after each batch of answers.
    private let isFilled = Atomic(false)
    private let servers = Mutex<[Int: NativeServer]>([:])
    private var receiver: NodeReference?
    /// What JavaScript is being told; a connection is its own from when it takes it.
    private var offered: ServerEvent?

    init(waking function: WakeFunction) { self.function = function }

    /// Events that wait at most before observations are left out: JavaScript is blocked.
    private static let most = 4096

    func happened(_ event: ServerEvent, server: Int) {
        let isFirst = events.locked { events -> Bool? in
            guard let last = events.map(\.last) else { return nil }
            if case .observed = event, events!.count >= ServerDesk.most { return false }
            if case .dropped(let count) = event, let last, last.server == server, case .dropped(let before) = last.event
            {
                events![events!.count - 1].event = .dropped(before + count)
                return false
            }
            events!.append((server, event))
            isFilled.store(true, ordering: .releasing)
            return events!.count == 1
        }
        guard let isFirst else { return event.discard() }
        if isFirst { function.wake() }
    }

    func add(_ server: NativeServer) { servers.locked { $0[server.number] = server } }

    subscript(number: Int) -> NativeServer? { servers.locked { $0[number] } }

    /// The environment ends.
    func closeAll() {
        let left = events.locked { events in
            defer { events = nil }
            return events ?? []
        }
        for (_, event) in left { event.discard() }
        for server in servers.locked({ Array($0.values) }) {
            server.close(.soon)
            server.close(.now)
        }
    }

    func receive(_ callback: NodeValue, _ node: borrowing Node) throws(NodeError) {
        receiver = try NodeReference(callback, node)
    }

    private func takeAll() -> [(server: Int, event: ServerEvent)] {
        events.locked { events in
            isFilled.store(false, ordering: .relaxed)
            defer { events?.removeAll() }
            return events ?? []
        }
    }

    /// Calls `callback(server, kind, number, bytes)` for each event.
    func deliver(_ node: borrowing Node) throws(NodeError) {
        guard isFilled.load(ordering: .acquiring) else { return }
        var left = takeAll()[...]
        // JavaScript cannot run any more: its thread is ended.
        defer { for (_, event) in left { event.discard() } }
        guard let receiver else { return }
        while let (server, event) = left.popFirst() { try deliver(event, of: server, to: receiver, node) }
    }

    private func deliver(
        _ event: ServerEvent, of server: Int, to receiver: NodeReference, _ node: borrowing Node
    ) throws(NodeError) {
        offered = event
        defer {
            // Its counts can be asked for until this is told.
            if case .closed = event { servers.locked { $0[server] = nil } }
            offered?.discard()
            offered = nil
        }
        var (kind, number) = (0.0, 0.0)
        var octets: [UInt8]?
        switch event {
        case .handedOver(_, let read): (kind, octets) = (1, read)
        case .closed: kind = 2
        case .dropped(let count): (kind, number) = (3, Double(count))
        case .logged: kind = 4
        case .failed(let json): (kind, octets) = (5, json)
        case .observed(let lines): (kind, octets) = (6, lines)
        case .reached(let count): (kind, number) = (7, Double(count))
        }
        var bytes = try node.undefined()
        if let octets {
            bytes = try unsafe octets.withUnsafeBufferPointer { octets throws(NodeError) in
                try unsafe node.buffer(copying: UnsafeRawBufferPointer(octets))
            }
        }
        let values = (try node.number(Double(server)), try node.number(kind), try node.number(number), bytes)
        try node.call(try receiver.value(node), (values.0, values.1, values.2, values.3, nil), count: 4)
    }

    /// Gives JavaScript the descriptor of the connection that it is being told of; negative for none.
    func take() -> Int32 {
        guard case .handedOver(let descriptor, _) = offered else { return -1 }
        offered = nil
        return descriptor
    }
}
