/// The answers for one exchange so far.
package struct Response: CustomStringConvertible {
    /// The status; `nil` before the start of the response.
    package var status: Int?
    package var headers: [Header] = []
    /// The chunks of the body.
    package var chunks: [[UInt8]] = []
    package var trailers: [Header] = []
    /// The interim responses, with status 103.
    package var interim: [(status: Int, headers: [Header])] = []
    /// The descriptions of the files to send.
    package var files: [[UInt8]] = []
    /// Whether trailers were announced.
    package var announcesTrailers = false
    /// Whether the response is complete.
    package var isComplete = false
    /// The failure of the exchange as JSON.
    package var failure: String?
    /// The exception that the application has raised after its response, as JSON.
    package var exception: String?
    /// Whether the application has returned, so that the slot can be reused.
    package var isFinished = false
    /// Bytes of the request's body that the application has received.
    package var credit = 0
    /// How often the application waited for a body whose client waits for `100 Continue`.
    package var bodyRequests = 0
    /// Whether the WebSocket was accepted.
    package var isAccepted = false
    package var subprotocol = ""
    /// The WebSocket's messages.
    package var messages: [Message] = []
    /// The code and reason with which the application has closed the WebSocket.
    package var closing: (code: Int, reason: String)?

    /// A WebSocket message.
    package enum Message: Equatable, Sendable {
        case text(String)
        case bytes([UInt8])
        /// A message that is marked as text but is not UTF-8: an event of a raw scope.
        case octets([UInt8])

        /// A message that is marked as text.
        package static func textOrOctets(_ octets: [UInt8]) -> Message {
            let text = String(decoding: octets, as: UTF8.self)
            return Array(text.utf8) == octets ? .text(text) : .octets(octets)
        }
    }

    /// A received header.
    package struct Header: Equatable, Sendable, CustomStringConvertible {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        package var description: String { "\(name): \(value)" }
    }

    package init() {}

    /// Shown when a test waits in vain.
    package var description: String {
        "\(status ?? 0), pieces of \(chunks.map(\.count)) bytes, credit \(credit), complete \(isComplete), finished "
            + "\(isFinished), failure \(failure ?? "none")"
    }

    /// The body so far.
    package var body: [UInt8] { chunks.reduce(into: []) { $0 += $1 } }

    /// The body so far as text, one character per byte.
    package var text: String { Response.latin1(body) }

    /// Bytes as text, one character per byte.
    package static func latin1(_ bytes: some Sequence<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    }
}
