extension RequestParser {
    /// Reads what surrounds the data of chunks: sizes, extensions, line ends (RFC 9112, 7.1).
    ///
    /// Blanks are refused, although older grammars allow some: servers interpret them differently.
    ///
    /// - Returns: `true` if data or the trailers begin; `false` if all input is used.
    mutating func readChunkFrame(_ octets: Octets, _ count: Int, _ used: inout Int) throws(RequestError) -> Bool {
        while used < count {
            let octet = unsafe octets[used]
            used += 1
            switch state {
            case .chunkSizeStart:
                guard octet.hexValue < 16 else { throw .chunkSize }
                remaining = Int(octet.hexValue)
                sizeDigits = 1
                extensionCount = 0
                state = .chunkSize
            case .chunkSize: try readSize(octet)
            case .chunkSizeLineFeed:
                guard octet == .lineFeed else { throw .bareCarriageReturn }
                try beginChunk()
                return true
            case .chunkDataReturn:
                guard octet == .carriageReturn else { throw octet == .lineFeed ? .bareLineFeed : .chunkEnd }
                state = .chunkDataLineFeed
            case .chunkDataLineFeed:
                guard octet == .lineFeed else { throw .bareCarriageReturn }
                state = .chunkSizeStart
            default: try readExtension(octet)
            }
        }
        return false
    }

    @inline(__always)
    private mutating func readSize(_ octet: UInt8) throws(RequestError) {
        let digit = octet.hexValue
        if digit < 16 {
            sizeDigits += 1
            // The largest number has 16 digits. More are refused even if they are leading zeros.
            guard sizeDigits <= 16, remaining >> 59 == 0 else { throw .bodyTooLarge }
            remaining = remaining << 4 | Int(digit)
        } else if octet == .carriageReturn {
            state = .chunkSizeLineFeed
        } else if octet == UInt8(ascii: ";") {
            state = .extensionStart
            extensionCount = 1
        } else {
            throw octet == .lineFeed ? .bareLineFeed : .chunkSize
        }
    }

    @inline(__always)
    private mutating func beginChunk() throws(RequestError) {
        if remaining == 0 {
            state = .trailers
            // The head's memory is free by now: its fields were read.
            held.truncate()
            line = 0
            trailerCount = 0
            return
        }
        let (sum, overflows) = received.addingReportingOverflow(remaining)
        guard !overflows, sum <= limits.body else { throw .bodyTooLarge }
        received = sum
        state = .chunkData
    }

    /// `chunk-ext`: names, optionally with a value, which is a token or quoted (RFC 9112, 7.1.1).
    private mutating func readExtension(_ octet: UInt8) throws(RequestError) {
        extensionCount += 1
        guard extensionCount <= limits.chunkExtension else { throw .chunkExtensionTooLarge }
        switch state {
        case .extensionStart:
            guard OctetSet.token.contains(octet) else { throw .chunkExtension }
            state = .extensionName
        case .extensionName:
            if OctetSet.token.contains(octet) { return }
            if octet == UInt8(ascii: "=") { state = .extensionValueStart } else { try endExtension(octet) }
        case .extensionValueStart:
            if octet == UInt8(ascii: "\"") {
                state = .extensionQuoted
            } else {
                guard OctetSet.token.contains(octet) else { throw .chunkExtension }
                state = .extensionValue
            }
        case .extensionValue:
            if !OctetSet.token.contains(octet) { try endExtension(octet) }
        case .extensionQuoted:
            if octet == UInt8(ascii: "\"") {
                state = .extensionEnd
            } else if octet == UInt8(ascii: "\\") {
                state = .extensionQuotedPair
            } else {
                guard octet >= 0x80 || OctetSet.quoted.contains(octet) else { throw .chunkExtension }
            }
        case .extensionQuotedPair:
            guard octet == .tab || octet >= .space, octet != 0x7f else { throw .chunkExtension }
            state = .extensionQuoted
        default: try endExtension(octet)
        }
    }

    private mutating func endExtension(_ octet: UInt8) throws(RequestError) {
        switch octet {
        case UInt8(ascii: ";"): state = .extensionStart
        case .carriageReturn: state = .chunkSizeLineFeed
        case .lineFeed: throw .bareLineFeed
        default: throw .chunkExtension
        }
    }

    /// Reads and drops the trailers. They are checked like a head, and must not have fields about framing.
    ///
    /// - Returns: whether the empty line was received.
    mutating func readTrailers(_ octets: Octets, _ count: Int, _ used: inout Int) throws(RequestError) -> Bool {
        let before = held.count
        let taken = min(count - used, limits.trailers + 1 - before)
        if before == 0 {
            guard try unsafe readTrailerLines(octets + used, taken) else {
                unsafe held.append(UnsafeRawBufferPointer(start: octets + used, count: taken))
                used += taken
                return false
            }
        } else {
            unsafe held.append(UnsafeRawBufferPointer(start: octets + used, count: taken))
            let start = unsafe held.octets.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
            guard try unsafe readTrailerLines(start, held.count) else {
                used += taken
                return false
            }
        }
        used += line - before
        return true
    }

    private mutating func readTrailerLines(_ start: Octets, _ count: Int) throws(RequestError) -> Bool {
        let end = min(count, limits.trailers)
        while true {
            var field = RequestHead.Field(name: .init(0, to: 0), value: .init(0, to: 0))
            switch try unsafe FieldLine.read(start, &line, end, &field) {
            case .unfinished:
                guard count <= limits.trailers else { throw .trailersTooLarge }
                return false
            case .empty: return true
            case .field:
                trailerCount += 1
                guard trailerCount <= limits.fields else { throw .tooManyFields }
                let name = unsafe start + Int(field.name.start)
                let saysFraming =
                    unsafe (field.name.count == 14 && name.isWord("content-length"))
                    || (field.name.count == 17 && name.isWord("transfer-encoding"))
                guard !saysFraming else { throw .trailerFraming }
            }
        }
    }
}
