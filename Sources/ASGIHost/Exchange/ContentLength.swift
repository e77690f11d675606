/// The length that a response declares for its body (RFC 9110, section 8.6).
enum ContentLength {
    /// Digits, of a number that JavaScript knows exactly; HTTP allows blanks around it. `nil` for anything else.
    static func number(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count > 0, text.count <= 18 else { return numberInBlanks(text) }
        var value = 0
        for byte in text {
            let digit = byte &- 0x30
            guard digit < 10 else { return numberInBlanks(text) }
            value = value &* 10 &+ Int(digit)
        }
        return value < 1 << 53 ? value : nil
    }

    private static func numberInBlanks(_ text: UnsafeRawBufferPointer) -> Int? {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let digits = text.drop(while: isBlank)
        let end = digits.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? digits.startIndex
        // Without blanks it was looked at already.
        guard end - digits.startIndex < text.count else { return nil }
        return number(UnsafeRawBufferPointer(rebasing: digits[..<end]))
    }
}
