import HTTP1
import Testing

@testable import NativeServer

/// The text that was written into a buffer.
func written(_ write: (inout OctetBuffer) -> Void) -> String {
    var buffer = OctetBuffer()
    write(&buffer)
    return String(decoding: buffer.octets, as: UTF8.self)
}

/// Calls a function with the octets of a text in Latin-1.
func withLatin1<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try text.unicodeScalars.map { UInt8($0.value) }.withUnsafeBytes(body)
}

/// Calls a function with the head of a request.
///
/// - Parameter head: its lines without the empty one, in Latin-1, with `\n` between them.
func withHead(_ head: String, _ body: (RequestHead) -> Void) throws {
    var parser = RequestParser(limits: RequestLimits())
    // In Swift `\r\n` would be one character.
    var octets: [UInt8] = []
    for scalar in (head + "\n\n").unicodeScalars { octets += scalar == "\n" ? [13, 10] : [UInt8(scalar.value)] }
    try octets.withUnsafeBytes { bytes in
        var used = 0
        guard case .head = try parser.next(bytes, used: &used) else {
            Issue.record("no head")
            return
        }
        body(parser.head)
    }
}
