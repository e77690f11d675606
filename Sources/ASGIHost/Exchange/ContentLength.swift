/// The length that a response declares for its body (RFC 9110, section 8.6).
enum ContentLength {
    /// Parses digits, with optional blanks around them; `nil` for anything else, and for numbers that JavaScript cannot
    /// represent exactly.
    static func number(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count > 0, text.count <= 18 else { return unsafe numberInBlanks(text) }
        var value = 0
        for index in 0..<text.count {
            let digit = unsafe text[index] &- 0x30
            guard digit < 10 else { return unsafe numberInBlanks(text) }
            value = value &* 10 &+ Int(digit)
        }
        return value < 1 << 53 ? value : nil
    }

    private static func numberInBlanks(_ text: UnsafeRawBufferPointer) -> Int? {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let digits = unsafe text.drop(while: isBlank)
        let end = unsafe digits.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? digits.startIndex
        // Without blanks the whole text was checked already.
        guard unsafe end - digits.startIndex < text.count else { return nil }
        return unsafe number(UnsafeRawBufferPointer(rebasing: digits[..<end]))
    }
}
