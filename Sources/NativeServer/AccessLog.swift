import HTTP1
import Mailbox

/// One connection's lines for the access log: what has to be known of its request when the response is over.
struct AccessLine: ~Copyable {
    /// Method, target and version, with NULs between them.
    private var request = OctetBuffer()
    private var began: UInt64 = 0
    /// The status that was sent; 0 before.
    var status = 0
    /// Bytes of the body that were sent.
    var bytes = 0

    /// Begins with a request.
    mutating func begin(_ head: RequestHead) {
        request.truncate()
        request.append(head[head.method])
        request.append("\0")
        request.append(head[head.target])
        request.append(head.minorVersion == 0 ? "\u{0}1.0" : "\u{0}1.1")
        began = MonotonicClock.now()
        (status, bytes) = (0, 0)
    }

    /// Adds the line.
    ///
    /// - Parameter isComplete: the response was; else its status is negative.
    mutating func write(_ client: Address, isComplete: Bool, to log: inout OctetBuffer) {
        client.host.withUnsafeBytes { log.append($0) }
        log.append("\0")
        log.append(decimal: Int(client.port))
        log.append("\0")
        log.append(request.octets)
        log.append(isComplete ? "\0" : "\0-")
        log.append(decimal: status)
        log.append("\0")
        log.append(decimal: bytes)
        log.append("\0")
        log.append(decimal: Int((MonotonicClock.now() &- began) / 1000))
        log.append("\n")
    }
}
