extension ResponseWriter {
    /// Writes a piece of the body with its framing.
    ///
    /// - Throws: `bodyTooLong`.
    @inline(__always)
    public mutating func body(
        _ piece: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) throws(ResponseError) {
        guard try beginPiece(count: piece.count, into: &buffer) else { return }
        unsafe buffer.append(piece)
        endPiece(into: &buffer)
    }

    /// Writes the framing before a piece of the body whose octets the caller sends itself, for example from a file.
    ///
    /// - Parameters:
    ///   - count: the octets of the piece.
    ///   - buffer: receives the framing.
    /// - Returns: whether to send the octets and then call `endPiece`; `false` if the response has no body.
    /// - Throws: `bodyTooLong`.
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

    /// How many of `count` octets may be sent: none without a body, and no more than the declared length.
    public func sendableCount(of count: Int) -> Int {
        switch framing {
        case .none: 0
        case .length: min(count, remaining)
        case .chunked, .close: count
        }
    }

    /// Writes the framing after a piece begun by `beginPiece`.
    @inline(__always)
    public func endPiece(into buffer: inout OctetBuffer) {
        if framing == .chunked { buffer.append("\r\n") }
    }

    /// Ends the body. Fields added from now on are trailers, which are dropped unless the body is chunked.
    public mutating func beginTrailers(into buffer: inout OctetBuffer) {
        part = .trailers
        if framing == .chunked { buffer.append("0\r\n") }
        mark = buffer.count
    }

    /// Ends the response.
    ///
    /// - Throws: `bodyTooShort`; then the connection must be closed, or the client takes the next response for the rest
    ///   of this one.
    public mutating func end(into buffer: inout OctetBuffer) throws(ResponseError) {
        if framing == .length, remaining > 0 {
            keepsAlive = false
            throw .bodyTooShort
        }
        guard framing == .chunked else { return }
        if part == .trailers { buffer.append("\r\n") } else { buffer.append("0\r\n\r\n") }
    }

    /// Writes a chunk's size in hexadecimal digits, with its line end.
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
