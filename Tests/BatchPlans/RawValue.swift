import TestHost

/// A raw scope or event: as the core encodes it (value-writer.js), and as the host must encode it in its answer
/// (ValueWriter.swift).
indirect enum RawValue {
    case null
    case bool(Bool)
    case integer(Int)
    /// A bigint: hexadecimal digits after an optional minus sign.
    case big(String)
    case float(Double)
    /// UTF-16, possibly with lone surrogates.
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
            // The deepest nesting that the core allows.
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

    // MARK: - As octets

    /// The core's encoding in one piece.
    var sent: [UInt8] {
        var octets = Octets()
        octets.write(self, isAnswer: false)
        return octets.all
    }

    /// The core's encoding of an event, with large bytes in blocks.
    var sentApart: (blocks: [[UInt8]], octets: [UInt8]) {
        var octets = Octets()
        octets.apart = 16 << 10
        octets.write(self, isAnswer: false)
        return (octets.blocks, octets.all)
    }

    /// The host's encoding in an event: the blocks, then the values that refer to them.
    ///
    /// - Parameter type: the event's type; the event has the value as `is`.
    func echoed(in type: String) -> [Response.Message] {
        var octets = Octets()
        octets.apart = 16 << 10
        let event = RawValue.object([("type", .string(Array(type.utf16))), ("is", self)])
        octets.write(event, isAnswer: true)
        return octets.blocks.map { .bytes($0) } + [.textOrOctets(octets.all)]
    }

    /// Encoded values: see ValueKind.swift.
    private struct Octets {
        var all: [UInt8] = []
        var blocks: [[UInt8]] = []
        /// The size in bytes from which bytes get their own block.
        var apart = Int.max

        mutating func write(_ value: RawValue, isAnswer: Bool) {
            switch value {
            case .null: all.append(0)
            case .bool(let flag): all.append(flag ? 2 : 1)
            case .integer(let number): integer(number)
            case .big(let digits):
                // The host encodes an int as a number if JavaScript represents it exactly.
                if isAnswer, let number = Int(digits, radix: 16), abs(number) < 1 << 53 { return integer(number) }
                all.append(6)
                self.number(UInt32(digits.utf8.count))
                all += digits.utf8
            case .float(let number):
                all.append(5)
                self.number(number.isNaN ? Double.nan.bitPattern : number.bitPattern)
            case .string(let units): string(units, isAnswer: isAnswer)
            case .bytes(let bytes):
                let isApart = bytes.count >= apart
                all.append(isApart ? 12 : 10)
                number(UInt64(bytes.count))
                if isApart { blocks.append(bytes) } else { all += bytes }
            case .list(let items):
                all.append(14)
                number(UInt32(items.count))
                for item in items { write(item, isAnswer: isAnswer) }
            case .object(let members):
                all.append(15)
                number(UInt32(members.count))
                for (name, item) in members {
                    string(Array(name.utf16), isAnswer: isAnswer)
                    write(item, isAnswer: isAnswer)
                }
            }
        }

        private mutating func integer(_ value: Int) {
            if let small = Int32(exactly: value) {
                all.append(3)
                number(UInt32(bitPattern: small))
            } else {
                all.append(4)
                number(Double(value).bitPattern)
            }
        }

        /// The core has a short form for few ASCII characters, the host for up to 255 bytes.
        private mutating func string(_ units: [UInt16], isAnswer: Bool) {
            let text = String(decoding: units, as: UTF16.self)
            guard Array(text.utf16) == units else {
                all.append(9)
                number(UInt64(2 * units.count))
                for unit in units { all += [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)] }
                return
            }
            let utf8 = Array(text.utf8)
            if isAnswer ? utf8.count <= 255 : units.count <= 32 && utf8.count == units.count {
                all += [7, UInt8(utf8.count)]
            } else {
                all.append(8)
                number(UInt64(utf8.count))
            }
            all += utf8
        }

        private mutating func number(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { all += $0 }
        }
    }
}
