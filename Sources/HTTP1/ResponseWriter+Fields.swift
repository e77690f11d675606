extension ResponseWriter {
    /// Adds a field to the head or to the trailers.
    ///
    /// Fields about the connection are the server's task: Transfer-Encoding, Keep-Alive and Proxy-Connection are
    /// dropped, and of Connection only `close` and `upgrade` are used. A Content-Length is dropped where it is not
    /// allowed, and when it repeats an earlier one; with HEAD every later one is dropped.
    ///
    /// - Parameters:
    ///   - name: in any case, which is kept.
    ///   - value: without line ends.
    ///   - buffer: receives the field. If the field is refused, the head written so far is removed.
    /// - Throws: `fieldName`, `fieldValue`, `contentLength` or `contentLengthRepeated`.
    @inline(__always)
    public mutating func field(
        name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) throws(ResponseError) {
        do {
            if try unsafe accepts(name, value) { try unsafe Self.write(name, value, into: &buffer) }
        } catch {
            buffer.truncate(to: mark)
            throw error
        }
    }

    @inline(__always)
    private mutating func accepts(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(ResponseError) -> Bool {
        guard let start = unsafe name.baseAddress?.assumingMemoryBound(to: UInt8.self), unsafe !name.isEmpty else {
            throw .fieldName
        }
        switch name.count {
        case 4 where unsafe start.isWord("date"):
            hasDate = true
            return true
        case 16 where unsafe start.isWord("proxy-connection"): return false
        case 7, 10, 14, 17: return try unsafe accepts(start, name.count, value)
        default: return part != .trailers || framing == .chunked
        }
    }

    private mutating func accepts(
        _ name: Octets, _ count: Int, _ value: UnsafeRawBufferPointer
    ) throws(ResponseError) -> Bool {
        let isTrailer = part == .trailers
        if count == 10, unsafe name.isWord("connection") {
            if !isTrailer { try unsafe readConnection(value) }
            return false
        }
        if count == 10, unsafe name.isWord("keep-alive") { return false }
        if count == 17, unsafe name.isWord("transfer-encoding") { return false }
        if count == 14, unsafe name.isWord("content-length") {
            // No Content-Length in trailers, in interim heads, or with status 204 (RFC 9110, 8.6).
            return unsafe part == .head && status != 204 ? try readContentLength(value) : false
        }
        return !isTrailer || framing == .chunked
    }

    private mutating func readConnection(_ value: UnsafeRawBufferPointer) throws(ResponseError) {
        guard let start = unsafe value.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        guard unsafe start.endOfText(from: 0, to: value.count) == value.count else { throw .fieldValue }
        guard part == .head else { return }
        var options = unsafe ListElements(start, from: 0, to: value.count)
        while options.next() {
            if options.isWord("close") { keepsAlive = false }
            if options.isWord("upgrade") { namesUpgrade = true }
        }
    }

    /// Records the length.
    ///
    /// - Returns: whether to write the field, which is not done for a repeated one.
    private mutating func readContentLength(_ value: UnsafeRawBufferPointer) throws(ResponseError) -> Bool {
        // Blanks around a value do not belong to it (RFC 9110, 5.5).
        let isBlank = { (octet: UInt8) in octet == .space || octet == .tab }
        guard let first = unsafe value.firstIndex(where: { !isBlank($0) }),
            let last = unsafe value.lastIndex(where: { !isBlank($0) })
        else { throw .contentLength }
        var length = 0
        for at in first...last {
            let octet = unsafe value[at]
            guard octet.isDigit, length < Int.max / 10 else { throw .contentLength }
            length = length * 10 + Int(octet &- 0x30)
        }
        // With HEAD the length delimits nothing, and some frameworks add the length of the body that they have left
        // out.
        guard contentLength < 0 || contentLength == length || isHead else { throw .contentLengthRepeated }
        let isFirst = contentLength < 0
        if isFirst { contentLength = length }
        return isFirst
    }

    @inline(__always)
    private static func write(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) throws(ResponseError) {
        let nameStart = unsafe name.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
        let target = unsafe buffer.reserve(name.count + value.count + 4)
        for at in 0..<name.count {
            let octet = unsafe nameStart[at]
            guard OctetSet.token.contains(octet) else { throw .fieldName }
            unsafe target[at] = octet
        }
        var at = name.count
        unsafe target[at] = UInt8(ascii: ":")
        unsafe target[at + 1] = .space
        at += 2
        if let valueStart = unsafe value.baseAddress?.assumingMemoryBound(to: UInt8.self) {
            guard unsafe valueStart.endOfText(from: 0, to: value.count) == value.count else { throw .fieldValue }
            unsafe (target + at).update(from: valueStart, count: value.count)
            at += value.count
        }
        unsafe target[at] = .carriageReturn
        unsafe target[at + 1] = .lineFeed
        buffer.advance(at + 2)
    }

    /// Writes a field of the server itself.
    @inline(__always)
    func writeField(_ name: StaticString, _ value: UnsafeRawBufferPointer, into buffer: inout OctetBuffer) {
        buffer.append(name)
        unsafe buffer.append(value)
        buffer.append("\r\n")
    }
}
