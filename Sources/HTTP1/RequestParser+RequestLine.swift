extension RequestParser {
    /// Reads the request line (RFC 9112, 3).
    ///
    /// - Returns: whether it is complete; `line` is then the offset of the next line.
    @inline(__always)
    mutating func readRequestLine(_ start: Octets, _ end: Int) throws(RequestError) -> Bool {
        var at = 0
        // The method's first eight octets as a number, which suffices to recognise the common methods.
        var word: UInt64 = 0
        while at < end, unsafe Method.letters(start[at]) {
            if at < 8 { unsafe word |= UInt64(start[at]) &<< UInt64(at * 8) }
            at += 1
            guard at <= Method.longest else { throw .method }
        }
        guard at < end else { return false }
        guard unsafe start[at] == .space, at > 0 else {
            throw unsafe OctetSet.token.contains(start[at]) && at > 0 ? .method : .requestLine
        }
        guard unsafe Method.isKnown(start, at, word) else { throw word == Method.preface ? .secondVersion : .method }
        head.method = .init(0, to: at)
        head.isHead = word == Method.head
        head.isConnect = word == Method.connect
        at += 1
        guard at < end else { return false }
        guard unsafe start[at] != .space else { throw .requestLine }

        guard let targetEnd = try unsafe readTarget(start, at, end, isOptions: word == Method.options) else {
            return false
        }
        head.target = .init(at, to: targetEnd)
        guard unsafe start[targetEnd] == .space else {
            throw unsafe start[targetEnd].endsLine ? .requestLineEnd : .target
        }
        return try unsafe readVersion(start, targetEnd + 1, end)
    }

    /// Reads the version and the end of the line.
    @inline(__always)
    private mutating func readVersion(_ start: Octets, _ from: Int, _ end: Int) throws(RequestError) -> Bool {
        let version: StaticString = "HTTP/"
        var at = from
        while at < end, at - from < 5 {
            guard unsafe start[at] == version.utf8Start[at - from] else { throw .requestLineEnd }
            at += 1
        }
        guard at + 2 < end else { return false }
        guard unsafe start[at].isDigit, unsafe start[at + 1] == UInt8(ascii: "."), unsafe start[at + 2].isDigit else {
            throw .requestLineEnd
        }
        guard unsafe start[at] == UInt8(ascii: "1"), unsafe start[at + 2] <= UInt8(ascii: "1") else { throw .version }
        head.minorVersion = unsafe start[at + 2] &- UInt8(ascii: "0")
        at += 3
        guard at < end else { return false }
        guard unsafe start[at] == .carriageReturn else {
            throw unsafe start[at] == .lineFeed ? .bareLineFeed : .requestLineEnd
        }
        guard at + 1 < end else { return false }
        guard unsafe start[at + 1] == .lineFeed else { throw .bareCarriageReturn }
        line = at + 2
        return true
    }
}

extension UInt8 {
    fileprivate var endsLine: Bool { self == .carriageReturn || self == .lineFeed }
}

/// The known methods: those of the IANA registry that Node knows, too.
enum Method {
    static var longest: Int { 11 }
    /// `PRI`, with which HTTP/2 begins in place of a method.
    static var preface: UInt64 { 0x49_5250 }
    static var head: UInt64 { 0x4441_4548 }
    static var options: UInt64 { 0x53_4e4f_4954_504f }
    static var connect: UInt64 { 0x54_4345_4e4e_4f43 }

    private static var get: UInt64 { 0x54_4547 }
    private static var post: UInt64 { 0x5453_4f50 }

    /// Separated by spaces, so that no name is found inside another.
    private static var names: StaticString {
        """
         ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY \
        OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK \
        UNLOCK UNSUBSCRIBE \

        """
    }

    /// Whether a known method may contain this octet.
    @inline(__always)
    static func letters(_ octet: UInt8) -> Bool { octet &- 0x41 < 26 || octet == UInt8(ascii: "-") }

    /// Whether a method is known.
    ///
    /// - Parameters:
    ///   - name: the method's octets, followed by a space.
    ///   - count: how many octets it has; at most 11.
    ///   - word: the first eight of them, the first one lowest.
    @inline(__always)
    static func isKnown(_ name: Octets, _ count: Int, _ word: UInt64) -> Bool {
        unsafe word == get || word == post || isListed(name, count)
    }

    private static func isListed(_ name: Octets, _ count: Int) -> Bool {
        let all = unsafe names.utf8Start
        for at in 0..<(names.utf8CodeUnitCount - count - 1) where unsafe all[at] == .space {
            var same = 0
            while same <= count, unsafe all[at + 1 + same] == name[same] { same += 1 }
            if same > count { return true }
        }
        return false
    }
}
