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
    private let events = Mutex<[(server: Int, event: ServerEvent)]>([])
    private let servers = Mutex<[Int: NativeServer]>([:])
    private var receiver: NodeReference?

    init(waking function: WakeFunction) { self.function = function }

    /// Events that wait at most before lines of the access log are left out: JavaScript is blocked.
    private static let most = 4096

    func happened(_ event: ServerEvent, server: Int) {
        let isFirst = events.locked { events in
            if case .logged = event, events.count >= ServerDesk.most { return false }
            if case .dropped(let count) = event, let last = events.last, last.server == server,
                case .dropped(let before) = last.event
            {
                events[events.count - 1].event = .dropped(before + count)
                return false
            }
            events.append((server, event))
            return events.count == 1
        }
        if isFirst { function.wake() }
    }

    func add(_ server: NativeServer) { servers.locked { $0[server.number] = server } }

    subscript(number: Int) -> NativeServer? { servers.locked { $0[number] } }

    /// The environment ends.
    func closeAll() {
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
            defer { events.removeAll() }
            return events
        }
    }

    /// Calls `callback(server, kind, number, bytes)` for each event.
    func deliver(_ node: borrowing Node) throws(NodeError) {
        let come = takeAll()
        guard !come.isEmpty, let receiver else { return }
        for (server, event) in come {
            var (kind, number) = (0.0, 0.0)
            var octets: [UInt8]?
            switch event {
            case .handedOver(let descriptor, let read): (kind, number, octets) = (1, Double(descriptor), read)
            case .closed:
                kind = 2
                servers.locked { $0[server] = nil }
            case .dropped(let count): (kind, number) = (3, Double(count))
            case .logged(let lines): (kind, octets) = (4, lines)
            case .failed(let json): (kind, octets) = (5, json)
            }
            var bytes = try node.undefined()
            if let octets {
                bytes = try octets.withUnsafeBytesOrThrow { octets throws(NodeError) in
                    try node.buffer(copying: octets)
                }
            }
            let values = (try node.number(Double(server)), try node.number(kind), try node.number(number), bytes)
            try node.call(try receiver.value(node), (values.0, values.1, values.2, values.3, nil), count: 4)
        }
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` with a typed throw.
    fileprivate func withUnsafeBytesOrThrow<Value>(
        _ body: (UnsafeRawBufferPointer) throws(NodeError) -> Value
    ) throws(NodeError) -> Value {
        let result: Result<Value, NodeError> = withUnsafeBytes { bytes in
            do throws(NodeError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
