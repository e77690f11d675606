extension RequestParser {
    /// Reads the target (RFC 9112, 3.2).
    ///
    /// - Returns: its end; `nil` if that was not received yet.
    @inline(__always)
    mutating func readTarget(
        _ start: Octets, _ first: Int, _ end: Int, isOptions: Bool
    ) throws(RequestError) -> Int? {
        guard unsafe start[first] == UInt8(ascii: "/"), !head.isConnect else {
            return try unsafe readOtherTarget(start, first, end, isOptions: isOptions)
        }
        return unsafe readPath(start, first, end)
    }

    /// Reads a path and a query.
    ///
    /// - Returns: their end; `nil` if that was not received yet.
    @inline(__always)
    private mutating func readPath(_ start: Octets, _ first: Int, _ end: Int) -> Int? {
        let pathEnd = unsafe start.end(of: .path, from: first, to: end)
        guard pathEnd < end else { return nil }
        head.path = .init(first, to: pathEnd)
        guard unsafe start[pathEnd] == UInt8(ascii: "?") else { return pathEnd }
        let queryEnd = unsafe start.end(of: .query, from: pathEnd + 1, to: end)
        guard queryEnd < end else { return nil }
        head.query = .init(pathEnd + 1, to: queryEnd)
        return queryEnd
    }

    private mutating func readOtherTarget(
        _ start: Octets, _ first: Int, _ end: Int, isOptions: Bool
    ) throws(RequestError) -> Int? {
        let last = unsafe start.end(of: .query, from: first, to: end)
        guard last < end else { return nil }
        if head.isConnect {
            guard unsafe HostName.isValid(start, first, last, needsPort: true) else { throw .target }
            head.form = .authority
            head.authority = .init(first, to: last)
            return last
        }
        if last == first + 1, unsafe start[first] == UInt8(ascii: "*") {
            guard isOptions else { throw .target }
            head.form = .asterisk
            head.path = .init(first, to: last)
            return last
        }
        guard let schemeEnd = unsafe endOfScheme(start, first, last) else { throw .target }
        var authorityEnd = schemeEnd
        while authorityEnd < last, unsafe start[authorityEnd] != UInt8(ascii: "/"),
            unsafe start[authorityEnd] != UInt8(ascii: "?")
        {
            authorityEnd += 1
        }
        guard authorityEnd > schemeEnd, unsafe start[schemeEnd] != UInt8(ascii: ":"),
            unsafe HostName.isValid(start, schemeEnd, authorityEnd, needsPort: false)
        else { throw .target }
        head.form = .absolute
        head.authority = .init(schemeEnd, to: authorityEnd)
        // The octet after the target was received, so this cannot return nil.
        return unsafe readPath(start, authorityEnd, end)
    }

    /// The end of `http://` or `https://`, regardless of case; `nil` if the target begins with neither.
    private func endOfScheme(_ start: Octets, _ first: Int, _ last: Int) -> Int? {
        let insecure: StaticString = "http"
        guard last - first > 4, unsafe (start + first).isWord(insecure) else { return nil }
        var at = first + 4
        if unsafe start[at] | 0x20 == UInt8(ascii: "s") { at += 1 }
        guard last - at > 3, unsafe start[at] == UInt8(ascii: ":"), unsafe start[at + 1] == UInt8(ascii: "/"),
            unsafe start[at + 2] == UInt8(ascii: "/")
        else { return nil }
        return at + 3
    }
}

/// Hosts and ports, in Host and in targets (RFC 3986, 3.2.2 and 3.2.3; RFC 9110, 7.2).
enum HostName {
    /// Whether the octets are a host, with or without a port.
    ///
    /// - Parameter needsPort: whether a host and a port are required.
    @inline(__always)
    static func isValid(_ start: Octets, _ first: Int, _ last: Int, needsPort: Bool) -> Bool {
        var at = first
        if at < last, unsafe start[at] == UInt8(ascii: "[") {
            guard let end = unsafe endOfAddress(start, at + 1, last) else { return false }
            at = end
        } else {
            while at < last {
                if unsafe OctetSet.hostName.contains(start[at]) {
                    at += 1
                } else if unsafe start[at] == UInt8(ascii: "%"), last - at > 2, unsafe start[at + 1].hexValue < 16,
                    unsafe start[at + 2].hexValue < 16
                {
                    at += 3
                } else {
                    break
                }
            }
        }
        if at == last { return !needsPort }
        guard unsafe start[at] == UInt8(ascii: ":"), !needsPort || (at > first && last - at > 1) else { return false }
        at += 1
        while at < last, unsafe start[at].isDigit { at += 1 }
        return at == last
    }

    /// The index after the closing bracket of an address; `nil` if the address or the bracket is missing.
    private static func endOfAddress(_ start: Octets, _ first: Int, _ last: Int) -> Int? {
        let isFuture = unsafe first < last && start[first] | 0x20 == UInt8(ascii: "v")
        var at = first
        if isFuture {
            at += 1
            while at < last, unsafe OctetSet.hostName.contains(start[at]) || start[at] == UInt8(ascii: ":") { at += 1 }
        } else {
            at = unsafe start.end(of: .address, from: first, to: last)
        }
        guard at < last, at - first > 1, unsafe start[at] == UInt8(ascii: "]") else { return nil }
        return at + 1
    }
}
