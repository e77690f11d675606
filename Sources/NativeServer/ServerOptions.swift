public import HTTP1

/// Options of a native HTTP server.
public struct ServerOptions: Sendable {
    /// Where a server listens.
    public enum Place: Sendable {
        /// A numeric address and a port; 0 for any free port.
        case address(host: String, port: Int)
        /// A Unix socket.
        case path(String)
        /// A socket that is listening already. The server takes it over.
        case descriptor(Int32)
    }

    /// The application's number.
    public var application = 0
    /// Where the server listens.
    public var place = Place.address(host: "127.0.0.1", port: 0)
    /// How many connections may wait to be accepted.
    public var backlog = 511
    /// Whether other processes may listen at the same address (`SO_REUSEPORT`).
    public var reusesPort = false
    /// The number of I/O threads.
    public var threads = 1
    /// The time for a head from its first octet, in milliseconds; 0 for no limit.
    public var headersTimeout = 60_000
    /// The time for a request from its first octet, in milliseconds; 0 for no limit.
    public var requestTimeout = 300_000
    /// How long a connection may be idle, in milliseconds; 0 for no limit.
    public var keepAliveTimeout = 5000
    /// The time in which the application must begin its response, in milliseconds; 0 for no limit.
    public var responseTimeout = 0
    /// The time in which a client must read some of a response, in milliseconds; 0 for no limit.
    public var writeTimeout = 0
    /// The limits of a request.
    public var limits = RequestLimits()
    /// The limit of open connections; 0 for no limit.
    public var maxConnections = 0
    /// The limit of requests in flight, if `occupancy` counts them; more are answered with 503.
    public var maxInFlight = 0
    /// Counts the requests in flight; `nil` for no limit.
    public var occupancy: Occupancy?
    /// The format of the access log, whose lines `takeLines` returns; `nil` for no log.
    public var accessLog: AccessLogFormat?
    /// What to measure; `nil` for nothing.
    public var metrics: RequestMetrics.Bounds?
    /// The number of responses after which `ServerEvent.reached` is reported; 0 for never.
    public var maxRequests = 0
    /// The proxies whose headers about their clients are trusted.
    public var forwarded = Forwarded()
    /// The health path, which the server answers itself; empty for none.
    public var healthPath: [UInt8] = []
    /// Prefixes of the application's paths; empty for all paths.
    public var paths: [[UInt8]] = []
    /// Prefixes of paths that are not the application's, even below `paths`.
    public var otherPaths: [[UInt8]] = []
    /// Whether connections with requests for other paths, or for an upgrade, are handed over.
    public var hasListener = false
    /// Headers that are added to each response; names in lower case.
    public var headers: [(name: [UInt8], value: [UInt8])] = []
    /// Whether they are also added if the response has headers of the same name.
    public var repeatsHeaders = false
    /// Whether responses get a Date header.
    public var hasDate = true
    /// Whether clients get an error page instead of a plain error response.
    public var exposesErrors = false
    /// How many bytes of a request's body may wait for the application.
    public var highWaterMark = 64 << 10

    /// The defaults, which are those of JavaScript.
    public init() {}
}

/// An event of a server, for its observer.
public enum ServerEvent: Sendable {
    /// A connection was handed over to the receiver.
    ///
    /// - Parameters:
    ///   - descriptor: a duplicate, which the receiver must close.
    ///   - octets: what was read from the connection and not answered.
    case handedOver(descriptor: Int32, octets: [UInt8])
    /// The server has ended, and has no connections.
    case closed
    /// This many connections were refused, because `maxConnections` are open.
    case dropped(Int)
    /// A request has failed; JSON in the format of `Answer.fail`.
    case failed([UInt8])
    /// A request has failed, and the receiver must give the page about it.
    case needsErrorPage(PageRequest)
    /// There are lines of the access log. Reported again only after they were taken.
    case logged
    /// Observed requests have ended, with one line each; see `Observation`.
    case observed([UInt8])
    /// This many responses are complete: `maxRequests` or more.
    case reached(Int)
}

extension ServerEvent {
    /// Drops an event that is not delivered: closes a connection that was handed over, and sends a plain response instead of
    /// an error page.
    public func discard() {
        switch self {
        case .handedOver(let descriptor, _): Descriptor.close(descriptor)
        case .needsErrorPage(let request): request.give(nil)
        default: break
        }
    }
}

/// Receives the events of servers. Called on any thread; must not block.
public protocol ServerObserver: AnyObject, Sendable {
    func happened(_ event: ServerEvent, server: Int)
}

/// The reason why a server cannot listen.
public struct ServerError: Error {
    /// The name of the system's error, such as EADDRINUSE.
    public let code: String
    /// The system's error number, negated.
    public let number: Int32
    /// The system call that has failed.
    public let call: String

    /// An error of the system.
    public init(code: String, number: Int32, call: String) {
        (self.code, self.number, self.call) = (code, number, call)
    }
}

/// The counters of a server, summed over its threads.
public struct ServerCounts: Sendable {
    /// Open connections.
    public var connections = 0
    /// Requests whose head was received.
    public var requests = 0
    /// Connections that were handed over.
    public var handedOver = 0
    /// Invalid requests.
    public var refused = 0
    /// Requests whose application has not returned.
    public var inFlight = 0
    /// Requests whose application has failed.
    public var errors = 0
    /// Clients that disconnected before their response was complete.
    public var disconnects = 0
    /// Files that are being sent.
    public var files = 0
    /// Bytes received of requests' bodies.
    public var bytesIn = 0
    /// Bytes sent of responses' bodies.
    public var bytesOut = 0

    /// Counters at 0.
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
