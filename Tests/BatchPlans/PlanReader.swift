/// Reads the bytes of a plan as choices. Any bytes are a valid plan; after their end every choice is the first.
struct PlanReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether all bytes are read.
    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    /// A number below a limit of at most 256.
    mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

    /// Two bytes as a number.
    mutating func number16() -> UInt32 { UInt32(byte()) << 8 | UInt32(byte()) }

    /// True in so many of 256 cases; false after the end.
    mutating func flag(_ cases: Int = 128) -> Bool { Int(255 - byte()) < cases }

    mutating func choice<Element>(_ elements: [Element]) -> Element { elements[number(below: elements.count)] }

    /// A value: usually text, sometimes with a character that HTTP forbids.
    mutating func value(_ words: [String]) -> String {
        flag(4) ? text(words) + choice(["\u{0}", "\n", "\u{7f}", "\u{1f}x"]) : text(words)
    }

    /// Text without control characters except TAB.
    mutating func text(_ words: [String]) -> String {
        let choice = byte()
        switch choice {
        case 0..<120: return words[Int(choice) % words.count]
        case 120..<130:
            // Around the largest length of a value that is kept for the next head.
            let word = words[number(below: words.count)]
            return String(repeating: word + "/x", count: 40 + Int(byte()) * 2)
        default: return String(String.UnicodeScalarView(raw(Int(choice) & 0x1f).map { UnicodeScalar($0) }))
        }
    }

    /// A method: a token (RFC 9110).
    mutating func token(_ words: [String]) -> String {
        let choice = byte()
        if choice < 160 { return words[Int(choice) % words.count] }
        return String((0...(choice & 0x0f)).map { _ in PlanReader.tokens[number(below: PlanReader.tokens.count)] })
    }

    /// The name of a header: usually a token.
    mutating func name(_ words: [String]) -> String { flag(8) ? text(words) : token(words) }

    private mutating func raw(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            let byte = byte()
            return byte == 9 || (byte >= 0x20 && byte != 0x7f) ? byte : byte ^ 0x40
        }
    }

    private static let tokens = Array("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    /// The length of a body: usually a short one, else one around the limits of batches.
    mutating func length() -> Int {
        let choice = byte()
        if choice < 240 { return Int(choice) % 72 }
        return PlanReader.lengths[Int(choice) % PlanReader.lengths.count]
    }

    private static let lengths = [
        255, 1024, 4095, 4097, 16_383, 16_384, 16_385, 32_768, 65_535, 65_537, 70_000, 200_000,
    ]

    /// Valid UTF-8, as the core guarantees.
    mutating func unicode(_ count: Int) -> String {
        let raw = (0..<min(count, 48)).map { _ in byte() }
        let text = String(decoding: raw, as: UTF8.self)
        return count > 48 ? text + String(repeating: "Ü~", count: (count - 48) / 3) : text
    }
}
