/// How a value begins on its way between JavaScript and Python: values.js has the same numbers.
///
/// Numbers are little-endian. A length is that of octets, 64 bits wide where nothing else is said; a count is 32 bits wide.
enum ValueKind: UInt8 {
    case none = 0
    case no = 1
    case yes = 2
    /// A whole number of 32 bits.
    case int32 = 3
    /// A whole number as a double, which it fits in.
    case whole = 4
    /// A double.
    case float = 5
    /// Any whole number: a length of 32 bits, then hexadecimal digits with a sign in front of negative ones.
    case big = 6
    /// Text: a length of 8 bits, UTF-8.
    case short = 7
    /// Text: a length, UTF-8.
    case text = 8
    /// Text with half a surrogate pair: a length, UTF-16.
    case wide = 9
    /// A length, octets.
    case bytes = 10
    /// An array of numbers: its code (that of Python's `struct`), a length, octets.
    case array = 11
    /// As `bytes`; its octets are the next block.
    case bytesApart = 12
    /// As `array`; its octets are the next block.
    case arrayApart = 13
    /// A count, values.
    case list = 14
    /// A count, then a text and a value by turns.
    case dict = 15

    /// What a call begins with: bits of its first octet.
    enum Call {
        /// A `def` runs on the event loop.
        static let inline: UInt8 = 1
        /// The function is only looked for.
        static let finds: UInt8 = 2
    }

    /// Octets from which bytes and arrays go apart, each in a block of its own.
    static var apart: Int { 16 << 10 }
    /// How deep lists and dicts may be inside one another.
    static var deepest: Int { 500 }
    /// What a number in JavaScript can hold exactly.
    static var largestWhole: Int { 1 << 53 - 1 }
}

/// The arrays of numbers that JavaScript has, by the code of their items.
enum ArrayCode {
    /// Bytes of an item, and its code for Python; `nil` for what is no code.
    static func item(_ code: UInt8) -> (size: Int, format: StaticString)? {
        switch code {
        case UInt8(ascii: "b"): (1, "b")
        case UInt8(ascii: "B"): (1, "B")
        case UInt8(ascii: "h"): (2, "h")
        case UInt8(ascii: "H"): (2, "H")
        case UInt8(ascii: "i"): (4, "i")
        case UInt8(ascii: "I"): (4, "I")
        case UInt8(ascii: "q"): (8, "q")
        case UInt8(ascii: "Q"): (8, "Q")
        case UInt8(ascii: "f"): (4, "f")
        case UInt8(ascii: "d"): (8, "d")
        default: nil
        }
    }

    /// The code of items that Python has in a format of its own; `nil` for those that JavaScript does not have.
    static func code(format: String, size: Int) -> UInt8? {
        let letters = format.drop { "@=<".contains($0) }
        guard letters.utf8.count == 1, let letter = letters.utf8.first else { return nil }
        switch letter {
        case UInt8(ascii: "f") where size == 4, UInt8(ascii: "d") where size == 8: return letter
        default: break
        }
        guard let codes = [1: "bB", 2: "hH", 4: "iI", 8: "qQ"][size]?.utf8 else { return nil }
        if "bhilqn".utf8.contains(letter) { return codes.first }
        return "BHILQN".utf8.contains(letter) ? codes.last : nil
    }
}
