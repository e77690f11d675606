/// The kinds of values between JavaScript and Python: the first octet of each value. JavaScript gets the numbers from
/// `ValueFormat.constants`.
///
/// Numbers are little-endian. A length counts octets and has 64 bits unless noted; a count has 32 bits.
enum ValueKind: UInt8, CaseIterable {
    case none = 0
    case no = 1
    case yes = 2
    /// An integer of 32 bits.
    case int32 = 3
    /// An integer as a double, which represents it exactly.
    case whole = 4
    /// A double.
    case float = 5
    /// Any integer: a length of 32 bits, then hexadecimal digits after an optional minus sign.
    case big = 6
    /// Text: a length of 8 bits, UTF-8.
    case short = 7
    /// Text: a length, UTF-8.
    case text = 8
    /// Text with a lone surrogate: a length, UTF-16.
    case wide = 9
    /// A length, octets.
    case bytes = 10
    /// An array of numbers: its code (a format character of Python's `struct`), a length, octets.
    case array = 11
    /// Like `bytes`, with the octets in the next block.
    case bytesApart = 12
    /// Like `array`, with the octets in the next block.
    case arrayApart = 13
    /// A count, then the values.
    case list = 14
    /// A count, then alternating texts and values.
    case dict = 15

    /// The first octet of a call: its options as bits.
    enum Call {
        /// A `def` function runs on the event loop.
        static let inline: UInt8 = 1
        /// The call only checks that the function exists.
        static let onlyFinds: UInt8 = 2
    }

    /// The size in octets from which bytes and arrays are sent in their own blocks.
    static var apart: Int { 16 << 10 }
    /// How deeply lists and dicts may be nested.
    static var maxDepth: Int { 500 }
    /// The largest integer that a JavaScript number represents exactly.
    static var maxExactInteger: Int { 1 << 53 - 1 }
}

/// The format of values between JavaScript and Python.
public enum ValueFormat {
    /// The numbers in this file, by the names that JavaScript uses for them.
    public static let constants: [(name: String, value: UInt8)] =
        ValueKind.allCases.map { ("\($0)", $0.rawValue) } + [
            ("call_inline", ValueKind.Call.inline), ("call_onlyFinds", ValueKind.Call.onlyFinds),
        ]
}

/// The types of JavaScript's typed arrays, by the code of their elements.
enum ArrayCode {
    /// The size of an element in bytes, and its format in Python; `nil` for an unknown code.
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

    /// The code for elements with a Python format; `nil` for types that JavaScript does not have.
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
