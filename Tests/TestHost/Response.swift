/// What a client has received of one response.
package struct Response: CustomStringConvertible {
    /// The status; `nil` as long as the response has not started.
    package var status: Int?
    package var headers: [Header] = []
    /// The body's pieces as they came.
    package var chunks: [[UInt8]] = []
    package var trailers: [Header] = []
    /// The responses that came before, with status 103.
    package var interim: [(status: Int, headers: [Header])] = []
    /// The descriptions of the files that are to be sent.
    package var files: [[UInt8]] = []
    /// Whether trailers were announced.
    package var announcesTrailers = false
    /// Whether the response has come to its good end.
    package var isComplete = false
    /// JSON of why the exchange failed.
    package var failure: String?
    /// JSON of what the application has raised after the end of its response.
    package var exception: String?
    /// Whether the application has returned: the slot may be used again.
    package var isFinished = false
    /// Bytes of the request's body that the application has taken.
    package var credit = 0
    /// How often the application asked for a body whose client waits for that.
    package var bodyRequests = 0
    /// Whether the WebSocket was accepted, with which headers and `subprotocol`.
    package var isAccepted = false
    package var subprotocol = ""
    /// The WebSocket's messages.
    package var messages: [Message] = []
    /// How the application has closed the WebSocket.
    package var closing: (code: Int, reason: String)?

    /// A WebSocket's message.
    package enum Message: Equatable, Sendable {
        case text(String)
        case bytes([UInt8])
        /// What is sent as text and is none: an event of any protocol.
        case octets([UInt8])

        /// A message that is sent as text.
        package static func said(_ octets: [UInt8]) -> Message {
            let text = String(decoding: octets, as: UTF8.self)
            return Array(text.utf8) == octets ? .text(text) : .octets(octets)
        }
    }

    /// A header as it came.
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

    /// For a test that waits in vain.
    package var description: String {
        "\(status ?? 0), pieces of \(chunks.map(\.count)) bytes, credit \(credit), complete \(isComplete), finished "
            + "\(isFinished), failure \(failure ?? "none")"
    }

    /// The body so far.
    package var body: [UInt8] { chunks.reduce(into: []) { $0 += $1 } }

    /// The body so far, one character a byte.
    package var text: String { Response.latin1(body) }

    /// Bytes as text, one character a byte.
    package static func latin1(_ bytes: some Sequence<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    }
}
