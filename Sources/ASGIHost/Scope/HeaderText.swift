/// The bytes that HTTP allows in header names, and what they are in lower case.
///
/// One table for both directions: 0 marks a byte that is not allowed in a name (RFC 9110, "token").
struct HeaderText {
    private let lower: UnsafeMutablePointer<UInt8>

    /// Makes the table; it lives as long as the process.
    init() {
        lower = .allocate(capacity: 256)
        lower.initialize(repeating: 0, count: 256)
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") { lower[Int(byte)] = byte }
        for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") { lower[Int(byte)] = byte + 32 }
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { lower[Int(byte)] = byte }
        for byte in "!#$%&'*+-.^_`|~".utf8 { lower[Int(byte)] = byte }
    }

    /// Copies a name in lower case; `false` when it is empty or has a byte that names must not have.
    @inline(__always)
    func copyName(_ name: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) -> Bool {
        var forbidden: UInt8 = name.count > 0 ? 0 : 1
        for index in 0..<name.count {
            let byte = lower[Int(name[index])]
            target[index] = byte
            forbidden |= byte == 0 ? 1 : 0
        }
        return forbidden == 0
    }

    /// Copies a value; `false` when it has CR, LF, NUL or another control character than TAB.
    @inline(__always)
    func copyValue(_ value: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) -> Bool {
        // Without a branch, so that it is done in vectors.
        var forbidden: UInt8 = 0
        for index in 0..<value.count {
            let byte = value[index]
            target[index] = byte
            let isControl: UInt8 = byte < 0x20 ? 1 : 0
            let isTab: UInt8 = byte == 0x09 ? 1 : 0
            let isDelete: UInt8 = byte == 0x7f ? 1 : 0
            forbidden |= (isControl ^ isTab) | isDelete
        }
        return forbidden == 0
    }
}
