import Locks
import NativeServer
import NodeAPI
import Synchronization

/// The native HTTP servers of one Node environment, and the events that they have for JavaScript.
///
/// Events are added by I/O threads and delivered on the JavaScript thread. `@unchecked` because `receiver` and
/// `offered` are only used on the latter.
final class ServerRegistry: ServerObserver, @unchecked Sendable {
    private let function: WakeFunction
    /// Events that wait for JavaScript; `nil` when the environment has ended.
    private let events = Mutex<[(server: Int, event: ServerEvent)]?>([])
    /// Whether there are events, without the lock, because it is checked after each batch of answers.
    private let isFilled = Atomic(false)
    private let servers = Mutex<[Int: NativeServer]>([:])
    private var receiver: NodeReference?
    /// The event that is being delivered. JavaScript owns its connection once it has taken it.
    private var offered: ServerEvent?

    init(waking function: WakeFunction) { self.function = function }

    /// With this many events waiting, because JavaScript is blocked, observations are left out.
    private static let maxEvents = 4096

    func happened(_ event: ServerEvent, server: Int) {
        let isFirst = events.locked { events -> Bool? in
            guard let last = events.map(\.last) else { return nil }
            if case .observed = event, events!.count >= ServerRegistry.maxEvents { return false }
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

    /// Calls `callback(server, kind, number, bytes)` for each event. Its result counts where an error page is needed: the body,
    /// then names and values of the headers.
    func deliver(_ node: borrowing Node) throws(NodeError) {
        guard isFilled.load(ordering: .acquiring) else { return }
        var left = takeAll()[...]
        // For events that are left because JavaScript has been terminated.
        defer { for (_, event) in left { event.discard() } }
        guard let receiver else { return }
        while let (server, event) = left.popFirst() { try deliver(event, of: server, to: receiver, node) }
    }

    private func deliver(
        _ event: ServerEvent, of server: Int, to receiver: NodeReference, _ node: borrowing Node
    ) throws(NodeError) {
        offered = event
        defer {
            // JavaScript may ask for its counts until it has received this event.
            if case .closed = event { servers.locked { $0[server] = nil } }
            offered?.discard()
            offered = nil
        }
        let name: String
        var number = 0.0
        var octets: [UInt8]?
        switch event {
        case .handedOver(_, let read): (name, octets) = ("handedOver", read)
        case .closed: name = "closed"
        case .dropped(let count): (name, number) = ("dropped", Double(count))
        case .logged: name = "logged"
        case .failed(let json): (name, octets) = ("failed", json)
        case .observed(let lines): (name, octets) = ("observed", lines)
        case .reached(let count): (name, number) = ("reached", Double(count))
        case .needsErrorPage(let request): (name, octets) = ("needsErrorPage", request.description)
        }
        var bytes = try node.undefined()
        if let octets {
            bytes = try unsafe octets.withUnsafeBufferPointer { octets throws(NodeError) in
                try unsafe node.buffer(copying: UnsafeRawBufferPointer(octets))
            }
        }
        let values = (try node.number(Double(server)), try node.string(name), try node.number(number), bytes)
        let result = try node.call(try receiver.value(node), (values.0, values.1, values.2, values.3, nil), count: 4)
        if case .needsErrorPage(let request) = event {
            request.give(try page(result, node))
            offered = nil
        }
    }

    private func page(_ parts: NodeValue, _ node: borrowing Node) throws(NodeError) -> ErrorPage? {
        if try node.isUndefined(parts) { return nil }
        var texts: [[UInt8]] = []
        for index in 0..<(try node.length(ofArray: parts)) {
            texts.append(Array(try node.string(try node.element(index, of: parts)).utf8))
        }
        let headers = stride(from: 1, to: texts.count - 1, by: 2).map { (name: texts[$0], value: texts[$0 + 1]) }
        return texts.first.map { ErrorPage(headers: headers, body: $0) }
    }

    /// Transfers the descriptor of the connection in the current event to JavaScript; negative if there is none.
    func take() -> Int32 {
        guard case .handedOver(let descriptor, _) = offered else { return -1 }
        offered = nil
        return descriptor
    }
}
