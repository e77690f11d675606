import HTTP1
import Testing

@testable import NativeServer

@Suite("Octets of HTTP in a log")
struct Latin1TextTests {
    private static let all = String(String.UnicodeScalarView((0..<256).compactMap { Unicode.Scalar($0) }))

    @Test("text has each octet as its character in Latin-1")
    func text() {
        #expect(withLatin1(Self.all) { octets in written { $0.append(latin1: octets) } } == Self.all)
    }

    @Test("JSON escapes the same characters as JSON.stringify")
    func json() {
        var expected = ""
        for scalar in Self.all.unicodeScalars {
            switch scalar.value {
            case 8: expected += "\\b"
            case 9: expected += "\\t"
            case 10: expected += "\\n"
            case 12: expected += "\\f"
            case 13: expected += "\\r"
            case 0x22, 0x5c: expected += "\\" + String(scalar)
            case ..<0x10: expected += "\\u000" + String(scalar.value, radix: 16)
            case ..<0x20: expected += "\\u00" + String(scalar.value, radix: 16)
            default: expected += String(scalar)
            }
        }
        #expect(withLatin1(Self.all) { octets in written { $0.append(json: octets) } } == expected)
    }
}
