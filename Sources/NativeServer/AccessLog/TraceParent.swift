import HTTP1

/// The header `traceparent` of a request (W3C Trace Context, 3.2).
struct TraceParent {
    /// The trace id, in hexadecimal digits.
    let id: ArraySlice<UInt8>

    /// The header of a request; `nil` if there is none, more than one, or an invalid one.
    init?(of head: RequestHead) {
        var found: Int?
        for index in 0..<head.fieldCount where head.isNamed("traceparent", head.field(index)) {
            if found != nil { return nil }
            found = index
        }
        guard let found else { return nil }
        // One octet more than the four parts have, to see whether anything follows.
        self.init(unsafe Array(head[head.field(found).value].prefix(56)))
    }

    /// Parses a value: version, trace, parent and flags in lower-case hexadecimal digits, separated by hyphens. A later
    /// version may have more after another hyphen. Version `ff`, and a trace or parent of zeros, are invalid.
    init?(_ value: [UInt8]) {
        let hyphen = UInt8(ascii: "-")
        guard value.count >= 55, value[2] == hyphen, value[35] == hyphen, value[52] == hyphen,
            value.count == 55 || value[55] == hyphen
        else { return nil }
        let (version, trace, parent, flags) = (value[0..<2], value[3..<35], value[36..<52], value[53..<55])
        for part in [version, trace, parent, flags] where !part.allSatisfy(Self.isDigit) { return nil }
        let isZero = { (octet: UInt8) in octet == UInt8(ascii: "0") }
        if version.elementsEqual("ff".utf8) || trace.allSatisfy(isZero) || parent.allSatisfy(isZero) { return nil }
        id = trace
    }

    private static func isDigit(_ octet: UInt8) -> Bool {
        (0x30...0x39).contains(octet) || (0x61...0x66).contains(octet)
    }
}
