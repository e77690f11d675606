public import ASGIHost
public import HTTP1
import Locks
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// An HTTP/1.1 server with I/O threads of its own: neither Node nor Python reads or writes its sockets.
///
/// All methods may be called on any thread except its own. `@unchecked` because mutable state is behind locks, atomic, or used on one
/// I/O thread.
public final class NativeServer: @unchecked Sendable {
    /// The number that identifies it for its `ServerObserver`.
    public let number: Int
    let options: ServerOptions
    private let hosts: [Host]
    private weak var observer: (any ServerObserver)?
    private let group: MultiThreadedEventLoopGroup
    private var threads: [IOThread] = []
    private var listening: (any Channel)?
    private let connections = Atomic<Int>(0)
    private let isClosing = Atomic<Bool>(false)
    private let isEnding = Atomic<Bool>(false)
    private let observed = Atomic<Bool>(false)
    private let answered = Atomic<Int>(0)
    /// How many seconds an idle connection is kept, for clients; negative for no limit.
    let idleSeconds: Int
    /// Nothing is accepted any more, and all connections accepted before are counted.
    private let isSettled = Atomic<Bool>(false)
    private let isOver = Mutex(false)
    /// A reference to itself that keeps it alive while it has threads.
    private let kept = Mutex<NativeServer?>(nil)

    private init(_ number: Int, _ options: ServerOptions, _ hosts: [Host], _ observer: any ServerObserver) {
        self.number = number
        self.options = options
        self.hosts = hosts
        self.observer = observer
        idleSeconds = options.keepAliveTimeout == 0 ? -1 : options.keepAliveTimeout / 1000
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(hosts.count, options.threads))
    }

    /// Starts a server. Blocks until it listens.
    ///
    /// - Parameters:
    ///   - number: identifies it for the observer.
    ///   - hosts: the hosts of the application's event loops, at least one. Threads are assigned to hosts in turn, at
    ///     least one each, and new connections to threads in turn.
    ///   - observer: not retained.
    /// - Throws: `ServerError` with the system's error.
    public static func listen(
        _ options: ServerOptions, number: Int, on hosts: [Host], observer: any ServerObserver
    ) throws(ServerError) -> NativeServer {
        let server = NativeServer(number, options, hosts, observer)
        server.threads = Array(server.group.makeIterator()).map { IOThread($0, server) }
        do {
            for (index, thread) in server.threads.enumerated() {
                try thread.loop.submit { thread.start(hosts[index % hosts.count]) }.wait()
            }
            server.listening = try server.bind()
            server.kept.locked { $0 = server }
            return server
        } catch {
            server.end()
            throw ServerError(error)
        }
    }

    private func bind() throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .childChannelInitializer { [unowned self] channel in initialize(channel) }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
        if case .address = options.place { _ = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1) }
        let (place, backlog) = (options.place, options.backlog)
        let descriptor: Int32
        switch place {
        case .descriptor(let given):
            descriptor = given
            // NIO would end the process if the descriptor were invalid.
            try ListeningSocket.listen(descriptor, backlog: backlog)
        // A socket that NIO makes would be inherited by started programs.
        case .address, .path:
            descriptor = try ListeningSocket(place, backlog: backlog, reusesPort: options.reusesPort).descriptor
        }
        let channel = try bootstrap.withBoundSocket(descriptor).wait()
        // NIO has set another backlog.
        try ListeningSocket.listen(descriptor, backlog: backlog)
        return channel
    }

    private func initialize(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let thread = threads.first(where: { $0.loop === channel.eventLoop }) else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        if options.maxConnections > 0, connections.load(ordering: .relaxed) >= options.maxConnections {
            tell(.dropped(1))
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            _ = try operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                Descriptor.setCloseOnExec($0)
            }
            try operations.addHandler(Connection(thread, channel))
        }
    }

    /// Its numeric address and port, or the path of a Unix socket and 0.
    public var address: (host: String, port: Int)? {
        guard let address = listening?.localAddress else { return nil }
        return (address.ipAddress ?? address.pathname ?? "", address.port ?? 0)
    }

    /// The counters of all threads.
    public func counts() -> ServerCounts {
        var all = ServerCounts()
        for thread in threads {
            all += thread.counts.load()
        }
        all.connections = connections.load(ordering: .relaxed)
        return all
    }

    /// The metrics of all threads as JSON, in the format of `RequestMetrics`; empty if nothing is measured.
    public func metrics() -> String {
        guard let bounds = options.metrics else { return "" }
        var all = RequestMetrics(bounds)
        for thread in threads { thread.addMetrics(to: &all) }
        return all.json
    }

    /// Moves the pending lines of the access log to the end of a buffer: whole lines, in UTF-8.
    ///
    /// - Returns: how many lines were dropped because they were not taken in time.
    public func takeLines(into lines: inout OctetBuffer) -> Int {
        var leftOut = 0
        for thread in threads { leftOut += thread.lines.take(into: &lines) }
        return leftOut
    }

    /// Whether requests are reported in full, as `ServerEvent.observed`. A change affects requests that begin later.
    public var isObserved: Bool {
        get { observed.load(ordering: .relaxed) }
        set { observed.store(newValue, ordering: .relaxed) }
    }

    /// Counts finished responses of this server, or of another one that shares its limit, for `maxRequests`.
    public func answered(_ count: Int) {
        let now = answered.wrappingAdd(count, ordering: .relaxed).newValue
        if now >= options.maxRequests, now - count < options.maxRequests { tell(.reached(now)) }
    }

    // MARK: - The end

    /// How to close connections.
    public enum Closing: Int, Sendable {
        /// Stops accepting; closes idle connections at once, and others after their response.
        case soon
        /// Closes idle connections only.
        case idle
        /// Closes all connections at once.
        case now
        /// Closes each connection after its next response, and lets the health path say that the server is closing.
        case later
        /// Ends what `soon` has left: requests without a response get a 503, others are cut off.
        case over
    }

    /// Closes connections. Once `soon` has returned nothing is accepted any more, and `ServerEvent.closed` follows when no
    /// connection is left.
    public func close(_ closing: Closing) {
        if closing == .soon || closing == .later { isEnding.store(true, ordering: .relaxed) }
        if closing == .later { return }
        if closing == .over { return onThreads { $0.abandon() } }
        if closing == .soon, !isClosing.exchange(true, ordering: .relaxed) {
            // Connections that were being accepted are closed, too.
            stopAccepting { [self] in onThreads { $0.close(all: false, soon: true) } }
        }
        onThreads { $0.close(all: closing == .now, soon: closing == .soon) }
    }

    /// Stops accepting before it returns, closes each connection after its next response, and idle ones after a while.
    /// `ServerEvent.closed` follows when none is left.
    ///
    /// - Parameter idle: how long a connection may be idle, in milliseconds.
    public func drain(idle: Int) {
        guard !isClosing.exchange(true, ordering: .relaxed) else { return }
        onThreads { $0.drain(idle: idle) }
        stopAccepting {}
    }

    /// Closes the listening socket. Blocks until that is done, for as long as the I/O threads need for a turn of theirs. The
    /// server ends when it has no connection after that.
    private func stopAccepting(_ then: @escaping @Sendable () -> Void) {
        guard let listening else { return }
        let threads = threads
        // A new connection passes from the accepting thread to its own and back, and again to its own. NIO drops those
        // that come back to a closed socket, so all passes are awaited before it is closed.
        let passed: @Sendable () -> EventLoopFuture<Void> = {
            .andAllComplete(threads.map { $0.loop.submit {} }, on: listening.eventLoop)
        }
        let closed = listening.setOption(.autoRead, value: false).flatMap(passed).flatMap { listening.close() }
        do {
            try closed.wait()
        } catch {
            // NIO has closed it already, after an error of `accept`.
        }
        // Not before, because the threads that are waited for above may end here.
        closed.flatMap(passed).whenComplete { [self] _ in
            then()
            isSettled.store(true, ordering: .sequentiallyConsistent)
            if connections.load(ordering: .sequentiallyConsistent) == 0 { end() }
        }
    }

    /// Runs a closure on all I/O threads, unless they have ended.
    private func onThreads(_ body: @escaping @Sendable (IOThread) -> Void) {
        isOver.locked { isOver in
            if isOver { return }
            for thread in threads { thread.loop.execute { body(thread) } }
        }
    }

    /// Whether the health path answers 200. It does while the server is drained, since another server takes its place.
    var isServing: Bool { !isEnding.load(ordering: .relaxed) }

    /// Whether every response is the last one of its connection.
    var closesConnections: Bool { isEnding.load(ordering: .relaxed) || isClosing.load(ordering: .relaxed) }

    func changed(connections change: Int) {
        let left = connections.wrappingAdd(change, ordering: .sequentiallyConsistent).newValue
        if left == 0, isSettled.load(ordering: .sequentiallyConsistent) { end() }
    }

    /// Nothing is left: ends the threads.
    private func end() {
        let isFirst = isOver.locked { isOver in
            defer { isOver = true }
            if !isOver { for thread in threads { thread.loop.execute { thread.stop() } } }
            return !isOver
        }
        guard isFirst else { return }
        group.shutdownGracefully { [self] _ in
            tell(.closed)
            kept.locked { $0 = nil }
        }
    }

    func tell(_ event: ServerEvent) {
        guard let observer else { return event.discard() }
        observer.happened(event, server: number)
    }
}

extension ServerError {
    init(_ error: any Error) {
        if let error = error as? ServerError {
            self = error
        } else if let error = error as? IOError {
            self.init(number: error.errnoCode, call: "listen")
        } else {
            self.init(code: "EINVAL", number: -EINVAL, call: "listen")
        }
    }

    /// An error of the system, by its `errno`.
    init(number: Int32, call: String) {
        self.init(code: ServerError.name(of: number), number: -number, call: call)
    }

    private static func name(of number: Int32) -> String {
        let names: [Int32: String] = [
            EADDRINUSE: "EADDRINUSE", EADDRNOTAVAIL: "EADDRNOTAVAIL", EACCES: "EACCES", EPERM: "EPERM",
            EINVAL: "EINVAL", ENOENT: "ENOENT", ENOTSOCK: "ENOTSOCK", EBADF: "EBADF", EMFILE: "EMFILE",
            ENOTDIR: "ENOTDIR", ENAMETOOLONG: "ENAMETOOLONG", EAFNOSUPPORT: "EAFNOSUPPORT", EOPNOTSUPP: "EOPNOTSUPP",
        ]
        return names[number] ?? "E\(number)"
    }
}
