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

/// An HTTP/1.1 server whose sockets are on threads of its own: neither Node nor Python takes part in reading and writing.
///
/// Any thread may call it. `@unchecked` because what is not constant is behind a lock, or of its threads.
public final class NativeServer: @unchecked Sendable {
    /// The number by which `ServerObserver` hears of it.
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
    /// Seconds that clients are told that an idle connection is kept; negative where there is no limit.
    let idleSeconds: Int
    /// Nothing is accepted any more, and what was accepted before is counted.
    private let isSettled = Atomic<Bool>(false)
    private let isOver = Mutex(false)
    /// Itself, while it has threads: they refer to it, and whoever has made it may be gone.
    private let kept = Mutex<NativeServer?>(nil)

    private init(_ number: Int, _ options: ServerOptions, _ hosts: [Host], _ observer: any ServerObserver) {
        self.number = number
        self.options = options
        self.hosts = hosts
        self.observer = observer
        idleSeconds = options.keepAliveTimeout == 0 ? -1 : options.keepAliveTimeout / 1000
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(hosts.count, options.threads))
    }

    /// Begins to listen; blocks for as long as that takes.
    ///
    /// - Parameter hosts: those of the application's event loops, at least one. Each thread serves one of them, by turns, and
    ///   there are as many threads at least; new connections go to the threads by turns.
    /// - Throws: what the system says against it.
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
            // NIO ends the process where there is none.
            try ListeningSocket.listen(descriptor, backlog: backlog)
        // Programs that are started would inherit one that NIO makes.
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
            _ = try operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { Descriptor.keep($0) }
            try operations.addHandler(Connection(thread, channel))
        }
    }

    /// Where it listens: an address in digits and its port, or the path of a Unix socket.
    public var address: (host: String, port: Int)? {
        guard let address = listening?.localAddress else { return nil }
        return (address.ipAddress ?? address.pathname ?? "", address.port ?? 0)
    }

    /// What it has done.
    public func counts() -> ServerCounts {
        var all = ServerCounts()
        for thread in threads {
            all += thread.counts.load()
        }
        all.connections = connections.load(ordering: .relaxed)
        return all
    }

    /// What it has measured, as `RequestMetrics` writes it; empty where it does not.
    public func metrics() -> String {
        guard let bounds = options.metrics else { return "" }
        var all = RequestMetrics(bounds)
        for thread in threads { thread.addMetrics(to: &all) }
        return all.json
    }

    /// Moves the lines of the access log that wait to the end of others: whole lines, in UTF-8.
    ///
    /// - Returns: how many were left out, as nobody has taken those before them.
    public func takeLines(into lines: inout OctetBuffer) -> Int {
        var leftOut = 0
        for thread in threads { leftOut += thread.lines.take(into: &lines) }
        return leftOut
    }

    /// Whether requests are told of in full, as `ServerEvent.observed`: those that begin from now on.
    public var isObserved: Bool {
        get { observed.load(ordering: .relaxed) }
        set { observed.store(newValue, ordering: .relaxed) }
    }

    /// Counts responses that are over, of this server or of another one that shares its limit.
    public func answered(_ count: Int) {
        let now = answered.wrappingAdd(count, ordering: .relaxed).newValue
        if now >= options.mostRequests, now - count < options.mostRequests { tell(.reached(now)) }
    }

    // MARK: - The end

    /// How connections are closed.
    public enum Closing: Int, Sendable {
        /// No new ones; those without a request at once, each other one after its response.
        case soon
        /// Those without a request.
        case idle
        /// All, at once.
        case now
        /// None: requests are taken, but each response is its connection's last, and the health path says so.
        case later
        /// All that are left of `soon`: a request without a response gets a 503, and the others are cut off.
        case over
    }

    /// Closes connections; with `soon` and `now` nothing is accepted any more. `closed` tells when none is left.
    public func close(_ closing: Closing) {
        if closing == .soon || closing == .later { isEnding.store(true, ordering: .relaxed) }
        if closing == .later { return }
        if closing == .over { return onThreads { $0.abandon() } }
        if closing == .soon, !isClosing.exchange(true, ordering: .relaxed) {
            // Those that were being accepted are closed as well.
            stopAccepting { [self] in onThreads { $0.close(all: false, soon: true) } }
        }
        onThreads { $0.close(all: closing == .now, soon: closing == .soon) }
    }

    /// Accepts no more connections, and closes each other one after its next response; those without a request are closed
    /// after so many milliseconds. `closed` tells when none is left.
    public func drain(idle: Int) {
        guard !isClosing.exchange(true, ordering: .relaxed) else { return }
        onThreads { $0.drain(idle: idle) }
        stopAccepting {}
    }

    /// Closes the socket that listens; the server ends when it has no connection from then on.
    private func stopAccepting(_ then: @escaping @Sendable () -> Void) {
        guard let listening else { return }
        let threads = threads
        // A connection goes from the thread that has accepted it to its own and back, and again to its own; NIO drops those
        // that come back to a closed socket.
        let passed: @Sendable () -> EventLoopFuture<Void> = {
            .andAllComplete(threads.map { $0.loop.submit {} }, on: listening.eventLoop)
        }
        listening.setOption(.autoRead, value: false).flatMap(passed).flatMap { listening.close() }.flatMap(passed)
            .whenComplete { [self] _ in
                then()
                isSettled.store(true, ordering: .sequentiallyConsistent)
                if connections.load(ordering: .sequentiallyConsistent) == 0 { end() }
            }
    }

    /// Threads that have ended take nothing more.
    private func onThreads(_ body: @escaping @Sendable (IOThread) -> Void) {
        isOver.locked { isOver in
            if isOver { return }
            for thread in threads { thread.loop.execute { body(thread) } }
        }
    }

    /// What the health path says: not that the server is drained, as another one takes its place.
    var isServing: Bool { !isEnding.load(ordering: .relaxed) }

    /// Whether each response is its connection's last.
    var closesConnections: Bool { isEnding.load(ordering: .relaxed) || isClosing.load(ordering: .relaxed) }

    func changed(connections change: Int) {
        let left = connections.wrappingAdd(change, ordering: .sequentiallyConsistent).newValue
        if left == 0, isSettled.load(ordering: .sequentiallyConsistent) { end() }
    }

    /// Nothing is left: gives the threads back.
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

    /// An error of the system's by its number, as `errno` has it.
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
