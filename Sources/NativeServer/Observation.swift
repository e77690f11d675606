import HTTP1
import Mailbox

extension OctetBuffer {
    /// Adds client, port, method, target, version, scheme, and the names and values of the headers, separated by NULs.
    mutating func describe(_ head: RequestHead, from sender: Sender) {
        unsafe sender.address.host.withUnsafeBytes { unsafe append($0) }
        append("\0")
        append(decimal: Int(sender.address.port))
        append("\0")
        unsafe append(head[head.method])
        append("\0")
        unsafe append(head[head.target])
        append(head.minorVersion == 0 ? "\u{0}1.0\0" : "\u{0}1.1\0")
        append(sender.isSecure == true ? "https" : "http")
        for index in 0..<head.fieldCount {
            let field = head.field(index)
            append("\0")
            unsafe append(head[field.name])
            append("\0")
            unsafe append(head[field.value])
        }
    }
}

/// Collects one observed request for JavaScript, and reports it when it is over.
struct Observation: ~Copyable {
    private var request = OctetBuffer()
    private var began: UInt64 = 0
    /// Microseconds until the response began; 0 before.
    private var started = 0
    /// The description of a failure, in the format of `Answer.fail`.
    var failure: [UInt8] = []
    /// Whether the current request is observed.
    private(set) var isOn = false

    /// Begins with a request.
    mutating func begin(_ head: RequestHead, _ sender: Sender) {
        isOn = true
        (began, started, failure) = (MonotonicClock.now(), 0, [])
        request.truncate()
        request.describe(head, from: sender)
    }

    /// The response begins.
    mutating func start() { if isOn { started = elapsed } }

    private var elapsed: Int { Int((MonotonicClock.now() &- began) / 1000) }

    /// Adds a line: status, whether the response is complete, microseconds until its start and its end, the failure;
    /// then the request as `describe` writes it. The fields are separated by NULs.
    mutating func write(status: Int, isComplete: Bool, to lines: inout OctetBuffer) {
        isOn = false
        lines.append(decimal: status)
        lines.append(isComplete ? "\u{0}1\0" : "\u{0}0\0")
        lines.append(decimal: started)
        lines.append("\0")
        lines.append(decimal: elapsed)
        lines.append("\0")
        unsafe failure.withUnsafeBytes { unsafe lines.append($0) }
        lines.append("\0")
        unsafe lines.append(request.octets)
        lines.append("\n")
    }
}
