/// A set of ASCII octets as two words of bits, so that a test needs no table in memory.
struct OctetSet: Sendable {
    let low: UInt64
    let high: UInt64

    /// Whether an octet is in the set; `false` from 0x80 on.
    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        let word = octet & 0x40 == 0 ? low : high
        return octet < 0x80 && (word &>> UInt64(octet & 63)) & 1 != 0
    }

    /// `tchar` (RFC 9110, 5.6.2), for names of fields, methods and options.
    static let token = OctetSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)

    /// Octets of a path: all visible ones but `?` and `#`. RFC 3986 allows fewer, but browsers do not escape `|` and
    /// some others.
    static let path = OctetSet(low: 0x7fff_fff6_0000_0000, high: 0x7fff_ffff_ffff_ffff)

    /// Octets of a query: those of a path, and `?`.
    static let query = OctetSet(low: 0xffff_fff6_0000_0000, high: 0x7fff_ffff_ffff_ffff)

    /// `unreserved` and `sub-delims` (RFC 3986, 2.2 and 2.3), for host names, which may also have octets escaped with
    /// `%`.
    static let hostName = OctetSet(low: 0x2bff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe)

    /// Octets of an IPv6 address in brackets.
    static let address = OctetSet(low: 0x07ff_4000_0000_0000, high: 0x0000_007e_0000_007e)

    /// The ASCII part of `qdtext` (RFC 9110, 5.6.4).
    static let quoted = OctetSet(low: 0xffff_fffb_0000_0200, high: 0x7fff_ffff_efff_ffff)
}

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let space: UInt8 = 0x20

    /// Whether it is a decimal digit.
    @inline(__always)
    var isDigit: Bool { self &- 0x30 < 10 }

    /// The value of a hexadecimal digit; 0xff for other octets.
    @inline(__always)
    var hexValue: UInt8 {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : 0xff
    }

    /// Whether it is a space or a tab.
    @inline(__always)
    var isBlank: Bool { self == .space || self == .tab }
}
