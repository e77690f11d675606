extension ResponseWriter {
    /// Writes a piece of the body, framed.
    @inline(__always)
    public mutating func body(
        _ piece: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) throws(ResponseError) {
        guard try beginPiece(count: piece.count, into: &buffer) else { return }
        unsafe buffer.append(piece)
        endPiece(into: &buffer)
    }

    /// Writes what comes before a piece of the body whose octets the caller sends itself: from a file, or without a copy.
    ///
    /// - Parameters:
    ///   - count: the piece's octets.
    ///   - buffer: where the frame goes.
    /// - Returns: whether the octets are to be sent, and `endPiece` called after them; not when the response has no body.
    @inline(__always)
    public mutating func beginPiece(count: Int, into buffer: inout OctetBuffer) throws(ResponseError) -> Bool {
        guard count > 0 else { return false }
        switch framing {
        case .none: return false
        case .close: return true
        case .length:
            guard count <= remaining else {
                keepsAlive = false
                throw .bodyTooLong
            }
            remaining -= count
            return true
        case .chunked:
            Self.writeSize(count, into: &buffer)
            return true
        }
    }

    /// How many of so many octets the response has room for: none without a body, and no more than its length says.
    public func room(for count: Int) -> Int {
        switch framing {
        case .none: 0
        case .length: min(count, remaining)
        case .chunked, .close: count
        }
    }

    /// Writes what comes after a piece that `beginPiece` has begun.
    @inline(__always)
    public func endPiece(into buffer: inout OctetBuffer) {
        if framing == .chunked { buffer.append("\r\n") }
    }

    /// Ends the body; `field` adds trailers from now on. They are dropped where the framing has no place for them.
    public mutating func beginTrailers(into buffer: inout OctetBuffer) {
        part = .trailers
        if framing == .chunked { buffer.append("0\r\n") }
        mark = buffer.count
    }

    /// Ends the response.
    ///
    /// - Throws: `bodyTooShort`; the client must not take the next response for the rest of this one.
    public mutating func end(into buffer: inout OctetBuffer) throws(ResponseError) {
        if framing == .length, remaining > 0 {
            keepsAlive = false
            throw .bodyTooShort
        }
        guard framing == .chunked else { return }
        if part == .trailers { buffer.append("\r\n") } else { buffer.append("0\r\n\r\n") }
    }

    /// A chunk's size in hexadecimal digits, with its line end.
    @inline(__always)
    private static func writeSize(_ count: Int, into buffer: inout OctetBuffer) {
        let digits = (Int.bitWidth - count.leadingZeroBitCount + 3) / 4
        let target = unsafe buffer.reserve(digits + 2)
        var left = count
        for at in stride(from: digits - 1, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: left & 15)
            unsafe target[at] = digit < 10 ? 0x30 + digit : 0x57 + digit
            left >>= 4
        }
        unsafe target[digits] = .carriageReturn
        unsafe target[digits + 1] = .lineFeed
        buffer.advance(digits + 2)
    }
}
