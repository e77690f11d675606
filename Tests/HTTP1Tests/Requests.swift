import HTTP1
import HTTP1TestSupport
import Testing

/// A case of a table: octets as Latin-1, and the expected error.
struct Refused: CustomTestStringConvertible, Sendable {
    let octets: String
    let error: RequestError

    init(_ octets: String, _ error: RequestError) {
        self.octets = octets
        self.error = error
    }

    var testDescription: String { "\(octets.debugDescription) is refused: \(error)" }
}

extension String {
    /// The characters as octets; none may be above U+00FF.
    var latin1: [UInt8] { unicodeScalars.map { UInt8($0.value) } }
}

/// Parses a connection whole and cut at each place.
func parse(_ octets: String, limits: RequestLimits = RequestLimits()) -> ParsedConnection {
    ParsedConnection.cutEverywhere(octets.latin1, limits: limits)
}

/// A request of HTTP/1.1 without a body.
func request(_ line: String = "GET / HTTP/1.1", _ fields: String...) -> String {
    ([line, "Host: a"] + fields + ["", ""]).joined(separator: "\r\n")
}

/// A request with a chunked body.
func chunked(_ body: String) -> String { request("POST / HTTP/1.1", "Transfer-Encoding: chunked") + body }
