/// One line of a head or of the trailers.
enum FieldLine {
    enum Found {
        /// The line has no end yet.
        case unfinished
        /// An empty line, which is the last one.
        case empty
        /// A field.
        case field
    }

    /// Reads a line (RFC 9112, 5).
    ///
    /// An error is reported at its first octet, however the input is split.
    ///
    /// - Parameters:
    ///   - start: the address that the field's spans are relative to.
    ///   - line: the offset of the line; moved to the next line unless this one is unfinished.
    ///   - end: the end of the octets received so far.
    ///   - field: receives the field.
    @inline(__always)
    static func read(
        _ start: Octets, _ line: inout Int, _ end: Int, _ field: inout RequestHead.Field
    ) throws(RequestError) -> Found {
        guard line < end else { return .unfinished }
        let nameEnd = unsafe start.end(of: .token, from: line, to: end)
        guard nameEnd < end else { return .unfinished }
        guard unsafe start[nameEnd] == UInt8(ascii: ":"), nameEnd > line else {
            return try unsafe readOther(start, &line, nameEnd, end)
        }
        var at = nameEnd + 1
        while at < end, unsafe start[at].isBlank { at += 1 }
        let valueStart = at
        at = unsafe start.endOfText(from: at, to: end)
        guard at < end else { return .unfinished }
        guard unsafe start[at] == .carriageReturn else {
            throw unsafe start[at] == .lineFeed ? .bareLineFeed : .fieldValue
        }
        guard at + 1 < end else { return .unfinished }
        guard unsafe start[at + 1] == .lineFeed else { throw .bareCarriageReturn }
        var valueEnd = at
        while valueEnd > valueStart, unsafe start[valueEnd - 1].isBlank { valueEnd -= 1 }
        field = RequestHead.Field(name: .init(line, to: nameEnd), value: .init(valueStart, to: valueEnd))
        line = at + 2
        return .field
    }

    /// Reads an empty line, or reports what is wrong with a line that does not begin with a name and a colon.
    private static func readOther(
        _ start: Octets, _ line: inout Int, _ nameEnd: Int, _ end: Int
    ) throws(RequestError) -> Found {
        let octet = unsafe start[nameEnd]
        guard nameEnd == line else {
            throw octet.isBlank ? .blankBeforeColon : octet == .lineFeed ? .bareLineFeed : .fieldName
        }
        switch octet {
        case .carriageReturn:
            guard line + 1 < end else { return .unfinished }
            guard unsafe start[line + 1] == .lineFeed else { throw .bareCarriageReturn }
            line += 2
            return .empty
        case .lineFeed: throw .bareLineFeed
        case .space, .tab: throw .foldedLine
        default: throw .fieldName
        }
    }
}
