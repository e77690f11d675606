/// A scope or event of any protocol: how the core writes it (values.js), and how the host has to write it back
/// (values.py).
indirect enum RawValue {
    case null
    case bool(Bool)
    case integer(Int)
    /// A bigint: hexadecimal digits, maybe with a sign in front.
    case big(String)
    case float(Double)
    /// UTF-16, in which surrogates may stand alone.
    case string([UInt16])
    case bytes([UInt8])
    case list([RawValue])
    case object([(String, RawValue)])

    /// A scope or an event: an object with a type.
    static func event(_ plan: inout PlanReader, type: String, filler: Int) -> RawValue {
        var members = [("type", RawValue.string(Array(type.utf16)))]
        for index in 0..<plan.number(below: 5) { members.append(("k\(index)", read(&plan, depth: 0))) }
        if filler > 256 { members.append(("filler", .bytes(Array(repeating: plan.byte(), count: filler)))) }
        return .object(members)
    }

    static func read(_ plan: inout PlanReader, depth: Int) -> RawValue {
        switch plan.number(below: depth > 6 ? 8 : 12) {
        case 0: return .null
        case 1: return .bool(plan.flag())
        case 2: return .integer(Int(plan.number16()) - 32768)
        case 3: return .integer((plan.flag() ? 1 : -1) * ((1 << 53) - 1))
        case 4: return .big(big(&plan))
        case 5: return .float(plan.choice([0.5, -1.25, .infinity, -.infinity, .nan, 1e300, 3.0e-7, 123_456.789]))
        case 6: return .string((0..<plan.number(below: 20)).map { _ in unit(&plan) })
        case 7: return .bytes((0..<plan.number(below: 40)).map { _ in plan.byte() })
        case 8, 9: return .list((0..<plan.number(below: 5)).map { _ in read(&plan, depth: depth + 1) })
        case 10:
            // As deep as the core lets objects be.
            let innermost = read(&plan, depth: 7)
            return (0..<plan.number(below: 180)).reduce(innermost) { value, _ in .list([value]) }
        default:
            return .object((0..<plan.number(below: 5)).map { ("\($0)\"ü\\", read(&plan, depth: depth + 1)) })
        }
    }

    private static func big(_ plan: inout PlanReader) -> String {
        let digits = (0..<(1 + plan.number(below: 40))).map { _ in String(plan.number(below: 16), radix: 16) }.joined()
        let significant = digits.drop { $0 == "0" }
        return significant.isEmpty ? "0" : (plan.flag() ? "-" : "") + significant
    }

    private static func unit(_ plan: inout PlanReader) -> UInt16 {
        switch plan.number(below: 4) {
        case 0: UInt16(plan.byte())
        case 1: UInt16(0xd800 + plan.number(below: 256) * 8)
        case 2: UInt16(truncatingIfNeeded: plan.number16())
        default: UInt16(UInt8(ascii: "a")) + UInt16(plan.number(below: 26))
        }
    }

    // MARK: - As text

    /// As the core writes it: JSON.stringify of arrays that begin with what they are.
    var sent: String { text(isAnswer: false) }

    /// As the host writes it back: Python's `json.dumps` of the same.
    var echoed: String { text(isAnswer: true) }

    private func text(isAnswer: Bool) -> String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .big(let digits):
            // Python's int is written as a number where JavaScript can hold it.
            if isAnswer, let value = Int(digits, radix: 16), abs(value) < 1 << 53 {
                "\(value)"
            } else {
                "[\"i\",\"\(digits)\"]"
            }
        case .float(let value):
            if value.isNaN {
                "[\"f\",\"nan\"]"
            } else if value.isInfinite {
                "[\"f\",\"\(value)\"]"
            } else {
                RawValue.text(of: value)
            }
        case .string(let units): RawValue.quoted(units, isAnswer: isAnswer)
        case .bytes(let bytes): "[\"b\",\"\(RawValue.base64(bytes))\"]"
        case .list(let items):
            "[" + (["\"l\""] + items.map { $0.text(isAnswer: isAnswer) }).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { name, value in
                    "\(RawValue.quoted(Array(name.utf16), isAnswer: isAnswer)):\(value.text(isAnswer: isAnswer))"
                }.joined(separator: ",") + "}"
        }
    }

    /// As JavaScript and Python write it, but for the digits of an exponent.
    private static func text(of value: Double) -> String {
        value == 3.0e-7 ? "3e-07" : value == 1e300 ? "1e+300" : "\(value)"
    }

    /// A string in quotes: the core leaves all but control characters and lone surrogates as they are, Python escapes
    /// all that is not printable ASCII.
    private static func quoted(_ units: [UInt16], isAnswer: Bool) -> String {
        var text = "\""
        var index = 0
        while index < units.count {
            let unit = units[index]
            let next = index + 1 < units.count ? units[index + 1] : 0
            let isPair = UTF16.isLeadSurrogate(unit) && UTF16.isTrailSurrogate(next)
            if unit == 0x22 || unit == 0x5c {
                text += "\\\(Character(UnicodeScalar(UInt8(unit))))"
            } else if let short = shortEscapes[unit] {
                text += "\\\(short)"
            } else if isPair, !isAnswer {
                text += String(decoding: [unit, next], as: UTF16.self)
                index += 1
            } else if let scalar = UnicodeScalar(unit), unit >= 0x20, !isAnswer || unit < 0x7f {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            index += 1
        }
        return text + "\""
    }

    private static let shortEscapes: [UInt16: String] = [8: "b", 9: "t", 10: "n", 12: "f", 13: "r"]

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 3 * 4 + 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let piece = bytes[start..<min(start + 3, bytes.count)]
            let word = piece.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - piece.count))
            for place in 0...piece.count { text.append(digits[word >> (18 - 6 * place) & 63]) }
            for _ in piece.count..<3 { text.append(UInt8(ascii: "=")) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
