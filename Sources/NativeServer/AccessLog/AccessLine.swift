import HTTP1
import Mailbox

/// Builds the access log's line for one request of a connection, and measures the request for metrics.
struct AccessLine: ~Copyable {
    /// The part of the line about the request.
    private var request = OctetBuffer()
    private var began: UInt64 = 0
    /// The index of its method among those that are counted.
    private(set) var method = 0
    /// The status that was sent; 0 before the response begins.
    var status = 0
    /// How many bytes of the body were sent.
    var bytes = 0

    /// Begins with a request.
    ///
    /// - Parameter method: the index of its method among those that are counted.
    mutating func begin(method: Int) {
        self.method = method
        began = MonotonicClock.now()
        (status, bytes) = (0, 0)
    }

    /// Nanoseconds since `begin`.
    var elapsed: Int { Int(MonotonicClock.now() &- began) }

    /// Writes the part about the request now, because its head is gone when the response is complete.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - client: the client's address.
    mutating func describe(_ head: RequestHead, from client: Address, as format: AccessLogFormat) {
        request.truncate()
        switch format.style {
        case .text(let isColored): request.appendText(of: head, from: client, isColored: isColored)
        case .json: request.appendJSON(of: head, from: client)
        }
    }

    /// Adds the line to a log.
    ///
    /// - Parameters:
    ///   - isComplete: whether the whole response was sent.
    ///   - time: the time of its end, in the format of `TimestampValue`.
    func write(
        isComplete: Bool, at time: UnsafeRawBufferPointer, as format: AccessLogFormat, to log: inout OctetBuffer
    ) {
        let outcome = Outcome(
            status: status == 0 ? AccessLogFormat.clientDisconnected : status, isCut: !isComplete && status != 0,
            microseconds: elapsed / 1000)
        switch format.style {
        case .text(let isColored):
            unsafe log.append(request.octets)
            log.appendText(of: outcome, phrase: format.phrase(of: outcome.status), isColored: isColored)
        case .json:
            unsafe log.beginJSON(at: time)
            unsafe log.append(request.octets)
            log.appendJSON(of: outcome)
        }
    }
}

/// The part of a line about the response.
struct Outcome {
    /// The response's status, or `AccessLogFormat.clientDisconnected`.
    let status: Int
    /// Whether the response has begun but was not completed.
    let isCut: Bool
    /// Microseconds from the request's head to the end.
    let microseconds: Int
}
