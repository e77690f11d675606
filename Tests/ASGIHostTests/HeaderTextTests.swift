import Testing

@testable import ASGIHost

@Suite("HeaderText")
struct HeaderTextTests {
    private let text = HeaderText()
    private static let token = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// The copy of some bytes; `nil` if they are refused.
    private func copied(
        _ bytes: [UInt8], _ copy: (UnsafeRawBufferPointer, UnsafeMutablePointer<UInt8>) -> Bool
    ) -> [UInt8]? {
        var target = [UInt8](repeating: 0xEE, count: bytes.count + 1)
        let isAllowed = target.withUnsafeMutableBufferPointer { target in
            bytes.withUnsafeBytes { copy($0, target.baseAddress!) }
        }
        #expect(target.last == 0xEE, "a byte too many was written")
        return isAllowed ? target.dropLast() : nil
    }

    @Test("B16 B18 each byte in each place of names and values of each length is accepted or refused as HTTP requires")
    func everyByte() {
        for length in 1...25 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    for filler in [UInt8(ascii: "a"), UInt8(ascii: "Z"), 0xC3] {
                        var bytes = [UInt8](repeating: filler, count: length)
                        bytes[place] = byte
                        let isName = bytes.allSatisfy(Self.token.contains)
                        let lowered = bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 32 : $0 }
                        let isValue = byte >= 0x20 && byte != 0x7F || byte == 0x09
                        let (name, value) = (copied(bytes, text.copyName), copied(bytes, text.copyValue))
                        guard name != (isName ? lowered : nil) || value != (isValue ? bytes : nil) else { continue }
                        Issue.record("byte \(byte) at \(place) of \(length), beside \(filler)")
                    }
                }
            }
        }
        #expect(copied([], text.copyName) == nil)
        #expect(copied([], text.copyValue) == [])
    }
}
