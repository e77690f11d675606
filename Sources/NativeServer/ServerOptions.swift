public import HTTP1

/// What a native HTTP server is told when it begins to listen.
public struct ServerOptions: Sendable {
    /// Where it listens.
    public enum Place: Sendable {
        /// An address in digits, and a port; 0 for any that is free.
        case address(host: String, port: Int)
        /// A Unix socket.
        case path(String)
        /// A socket that listens already; the server owns it from now on.
        case descriptor(Int32)
    }

    /// The application's number.
    public var application = 0
    /// Where it listens.
    public var place = Place.address(host: "127.0.0.1", port: 0)
    /// How many connections may wait to be accepted.
    public var backlog = 511
    /// Other processes may listen at the same address (`SO_REUSEPORT`).
    public var reusesPort = false
    /// Threads that read and write.
    public var threads = 1
    /// Milliseconds in which a head has to come, from its first octet; 0 for no limit.
    public var headersTimeout = 60_000
    /// Milliseconds in which a request has to come, from its first octet; 0 for no limit.
    public var requestTimeout = 300_000
    /// Milliseconds that a connection may be without a request.
    public var keepAliveTimeout = 5000
    /// Milliseconds in which the application has to begin its response; 0 for no limit.
    public var responseTimeout = 0
    /// Milliseconds in which a client has to take some of a response; 0 for no limit.
    public var writeTimeout = 0
    /// How much of a request is accepted.
    public var limits = RequestLimits()
    /// Connections at a time; 0 for no limit.
    public var maxConnections = 0
    /// Requests of the application at a time, where they are counted; more are answered with 503.
    public var maxInFlight = 0
    /// Counts them; `nil` where there is no limit.
    public var occupancy: Occupancy?
    /// Each request leaves a line, which `takeLines` gives; `nil` for none.
    public var accessLog: AccessLogFormat?
    /// What is measured of requests; `nil` for nothing.
    public var metrics: RequestMetrics.Bounds?
    /// Responses after which `ServerEvent.reached` is told; 0 for none.
    public var mostRequests = 0
    /// The proxies that are believed about their clients.
    public var forwarded = Forwarded()
    /// The path of a request that the server answers itself, so that it is known to be alive; empty for none.
    public var healthPath: [UInt8] = []
    /// Prefixes of the paths that are the application's; empty for all.
    public var paths: [[UInt8]] = []
    /// Prefixes of paths that are not the application's, below `paths` or not.
    public var otherPaths: [[UInt8]] = []
    /// Somebody takes connections over that have a request for another path.
    public var hasListener = false
    /// Headers that each response gets; names in lower case.
    public var headers: [(name: [UInt8], value: [UInt8])] = []
    /// A response gets those too that it has already, before its own.
    public var repeatsHeaders = false
    /// Responses get a Date.
    public var hasDate = true
    /// Bytes of a request's body that may wait for the application.
    public var highWaterMark = 64 << 10

    /// Options with the defaults that they have in JavaScript.
    public init() {}
}

/// What becomes of a server and its connections.
public enum ServerEvent: Sendable {
    /// A connection is the receiver's from now on.
    ///
    /// - Parameters:
    ///   - descriptor: a duplicate, to be closed by the receiver.
    ///   - octets: what was read of the connection and not answered.
    case handedOver(descriptor: Int32, octets: [UInt8])
    /// Nothing is left of the server.
    case closed
    /// Connections were refused, so many: there are enough.
    case dropped(Int)
    /// A request failed; JSON as `Answer.fail` has it.
    case failed([UInt8])
    /// There are lines of the access log to take. It is told again only when they were taken.
    case logged
    /// Requests are over that were observed: a line for each, see `Observation`.
    case observed([UInt8])
    /// So many responses are over, which is `mostRequests` or more.
    case reached(Int)
}

extension ServerEvent {
    /// Nobody takes it: a connection that was to be handed over is closed.
    public func discard() {
        if case .handedOver(let descriptor, _) = self { Descriptor.close(descriptor) }
    }
}

/// Is told what becomes of servers, on any thread; must not block.
public protocol ServerObserver: AnyObject, Sendable {
    func happened(_ event: ServerEvent, server: Int)
}

/// Why a server does not listen.
public struct ServerError: Error {
    /// The name of the system's error, for example EADDRINUSE.
    public let code: String
    /// The system's number of the error, negative.
    public let number: Int32
    /// What the system was asked for.
    public let call: String

    /// An error of the system's.
    public init(code: String, number: Int32, call: String) {
        (self.code, self.number, self.call) = (code, number, call)
    }
}

/// Counts of a server, of all its threads.
public struct ServerCounts: Sendable {
    /// Connections that are open.
    public var connections = 0
    /// Requests whose head has come.
    public var requests = 0
    /// Connections that were given away.
    public var handedOver = 0
    /// Requests that could not be read.
    public var refused = 0
    /// Requests that the application has not answered.
    public var inFlight = 0
    /// Requests whose application has failed.
    public var errors = 0
    /// Clients that left before their response was complete.
    public var disconnects = 0
    /// Files that are being sent.
    public var files = 0
    /// Bytes of requests' bodies.
    public var bytesIn = 0
    /// Bytes of responses' bodies.
    public var bytesOut = 0

    /// Counts of nothing.
    public init() {}

    static func += (all: inout ServerCounts, one: ServerCounts) {
        all.requests += one.requests
        all.handedOver += one.handedOver
        all.refused += one.refused
        all.inFlight += one.inFlight
        all.errors += one.errors
        all.disconnects += one.disconnects
        all.files += one.files
        all.bytesIn += one.bytesIn
        all.bytesOut += one.bytesOut
    }
}
