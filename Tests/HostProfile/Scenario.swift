import Mailbox
import TestHost

/// The requests for an application, and the expected answers.
///
/// A round is as many concurrent requests as the benchmark has, or one; for WebSockets, as many messages.
enum Scenario: String, CaseIterable {
    /// A request without a body and an answer of 13 bytes.
    case hello
    /// The same, one request at a time.
    case alone
    /// A body of 1 KiB that is sent back.
    case echo
    /// A response of eight pieces of 1 KiB, between which the application waits for the event loop.
    case stream
    /// Messages of 128 bytes that are sent back, each on its own WebSocket.
    case websocket

    /// The file in Fixtures/apps.
    var file: String {
        switch self {
        case .hello, .alone: "hello"
        case .echo: "echo_stream"
        case .stream: "soak"
        case .websocket: "ws_echo"
        }
    }

    /// The number of answers in a round.
    var answersPerRound: Int { self == .alone ? 1 : 64 }

    /// The size of an answer's bodies or messages in bytes.
    var answerLength: Int {
        switch self {
        case .hello, .alone: 13
        case .echo: 1024
        case .stream: 8 * 1024
        case .websocket: 128
        }
    }

    /// Whether an answer is a message instead of a response.
    var isSocket: Bool { self == .websocket }

    /// Writes the requests of a round; for WebSockets, their handshakes.
    ///
    /// - Parameter heads: the encoder of the channel.
    func writeRequests(to batch: inout Batch, _ heads: inout RequestHeadWriter, application: Int) {
        var request = Request(self == .echo ? "POST" : "GET", self == .stream ? "/stream" : "/")
        request.headers = Scenario.headers
        request.client = ("127.0.0.1", 50_000)
        request.server = ("127.0.0.1", 8000)
        switch self {
        case .hello, .alone: request.flags.insert(.buffered)
        case .echo:
            request.flags.insert(.buffered)
            request.body = Array(repeating: UInt8(ascii: "x"), count: answerLength)
        case .stream: break
        case .websocket: request.flags.insert(.webSocket)
        }
        for slot in 0..<answersPerRound {
            request.write(to: &batch, &heads, slot: UInt32(slot), application: application)
        }
    }

    /// Writes the messages of a round.
    func writeMessages(to batch: inout Batch) {
        let message = Array(repeating: UInt8(ascii: "x"), count: answerLength)
        for slot in 0..<answersPerRound {
            let place = batch.begin(Command.message, slot: UInt32(slot))
            batch.append(number: 0)
            message.withUnsafeBytes { batch.finish(place, body: $0, lengthAt: Record.Index.first) }
        }
    }

    /// The eight headers of the benchmark.
    private static let headers = [
        ("host", "127.0.0.1"),
        ("accept", "*/*"),
        ("accept-encoding", "gzip, deflate, br"),
        ("accept-language", "en"),
        ("user-agent", "python-node-bench/1.0"),
        ("cache-control", "no-cache"),
        ("x-request-id", "0123456789abcdef"),
        ("x-forwarded-for", "203.0.113.7"),
    ]
}
