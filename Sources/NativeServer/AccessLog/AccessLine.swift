import HTTP1
import Mailbox

/// One connection's lines for the access log, and what metrics have to know of a request.
struct AccessLine: ~Copyable {
    /// What the line says of the request.
    private var request = OctetBuffer()
    private var began: UInt64 = 0
    /// The place of its method among those that are counted.
    private(set) var method = 0
    /// The status that was sent; 0 before.
    var status = 0
    /// Bytes of the body that were sent.
    var bytes = 0

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

    /// Writes what the line says of the request, as its head is not there any more when the response is over.
    ///
    /// - Parameters:
    ///   - head: as it was read.
    ///   - client: that the request comes from.
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
    ///   - isComplete: the response was sent to its end.
    ///   - time: when it was over, as `TimestampValue` has it.
    func write(
        isComplete: Bool, at time: UnsafeRawBufferPointer, as format: AccessLogFormat, to log: inout OctetBuffer
    ) {
        let outcome = Outcome(
            status: status == 0 ? AccessLogFormat.clientLeft : status, isCut: !isComplete && status != 0,
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

/// What a line says of the response.
struct Outcome {
    /// Of the response, or what stands for it.
    let status: Int
    /// The response has begun and never ended.
    let isCut: Bool
    /// From the request's head to the end.
    let microseconds: Int
}
