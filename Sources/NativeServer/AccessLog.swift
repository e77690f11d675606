import HTTP1
import Mailbox

extension OctetBuffer {
    /// Adds what lines about a request begin with: client, port, method, target and version, each with a NUL after it.
    mutating func append(_ head: RequestHead, from client: Address) {
        unsafe client.host.withUnsafeBytes { unsafe append($0) }
        append("\0")
        append(decimal: Int(client.port))
        append("\0")
        unsafe append(head[head.method])
        append("\0")
        unsafe append(head[head.target])
        append(head.minorVersion == 0 ? "\u{0}1.0\0" : "\u{0}1.1\0")
    }
}

/// One connection's lines for the access log: what has to be known of its request when the response is over.
struct AccessLine: ~Copyable {
    /// The fields up to the trace, with NULs between them.
    private var request = OctetBuffer()
    private var began: UInt64 = 0
    /// The place of its method among those that are counted.
    private(set) var method = 0
    /// The status that was sent; 0 before.
    var status = 0
    /// Bytes of the body that were sent.
    var bytes = 0

    /// Writes the request's part of its line.
    ///
    /// - Parameters:
    ///   - client: that the request comes from.
    ///   - hasTrace: the line says which trace the request belongs to.
    mutating func write(_ head: RequestHead, _ client: Address, hasTrace: Bool) {
        request.truncate()
        request.append(head, from: client)
        if hasTrace { appendTrace(of: head) }
    }

    /// Begins with a request.
    ///
    /// - Parameter method: its place among those that are counted.
    mutating func begin(method: Int) {
        self.method = method
        began = MonotonicClock.now()
        (status, bytes) = (0, 0)
    }

    /// Nanoseconds since it has begun.
    var elapsed: Int { Int(MonotonicClock.now() &- began) }

    /// A request with several of these headers has no trace.
    private mutating func appendTrace(of head: RequestHead) {
        let length = request.count
        for index in 0..<head.fieldCount {
            let field = head.field(index)
            guard head.isNamed("traceparent", field) else { continue }
            if request.count > length { return request.truncate(to: length) }
            unsafe request.append(head[field.value])
        }
    }

    /// Adds the line.
    ///
    /// - Parameter isComplete: the response was; else its status is negative.
    mutating func write(isComplete: Bool, to log: inout OctetBuffer) {
        unsafe log.append(request.octets)
        log.append(isComplete ? "\0" : "\0-")
        log.append(decimal: status)
        log.append("\0")
        log.append(decimal: bytes)
        log.append("\0")
        log.append(decimal: elapsed / 1000)
        log.append("\n")
    }
}
