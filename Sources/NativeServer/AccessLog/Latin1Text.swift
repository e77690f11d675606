import HTTP1

/// HTTP's octets are Latin-1 characters; the log is in UTF-8.
extension OctetBuffer {
    /// Adds Latin-1 octets as UTF-8.
    mutating func append(latin1 octets: UnsafeRawBufferPointer) {
        // An octet needs two octets at most.
        var target = unsafe reserve(2 * octets.count)
        let start = unsafe target
        for index in octets.indices {
            let octet = unsafe octets[index]
            if octet < 0x80 {
                unsafe target.pointee = octet
                unsafe target += 1
            } else {
                unsafe target = OctetBuffer.write(beyondASCII: octet, at: target)
            }
        }
        unsafe advance(target - start)
    }

    /// Adds Latin-1 octets as the content of a JSON string, escaped like `JSON.stringify`.
    mutating func append(json octets: UnsafeRawBufferPointer) {
        // An octet needs six at most (`\u001f`).
        var target = unsafe reserve(6 * octets.count)
        let start = unsafe target
        for index in octets.indices {
            let octet = unsafe octets[index]
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): unsafe target = OctetBuffer.write(escaped: octet, at: target)
            case 0x20..<0x80:
                unsafe target.pointee = octet
                unsafe target += 1
            case 0x80...: unsafe target = OctetBuffer.write(beyondASCII: octet, at: target)
            case 0x08: unsafe target = OctetBuffer.write(escaped: UInt8(ascii: "b"), at: target)
            case 0x09: unsafe target = OctetBuffer.write(escaped: UInt8(ascii: "t"), at: target)
            case 0x0a: unsafe target = OctetBuffer.write(escaped: UInt8(ascii: "n"), at: target)
            case 0x0c: unsafe target = OctetBuffer.write(escaped: UInt8(ascii: "f"), at: target)
            case 0x0d: unsafe target = OctetBuffer.write(escaped: UInt8(ascii: "r"), at: target)
            default:
                unsafe target = OctetBuffer.write(escaped: UInt8(ascii: "u"), at: target)
                unsafe target[0] = UInt8(ascii: "0")
                unsafe target[1] = UInt8(ascii: "0")
                unsafe target[2] = UInt8(ascii: "0") + (octet >> 4)
                unsafe target[3] =
                    octet & 15 < 10 ? UInt8(ascii: "0") + (octet & 15) : UInt8(ascii: "a") + (octet & 15) - 10
                unsafe target += 4
            }
        }
        unsafe advance(target - start)
    }

    // The callers have reserved the memory for these.

    private static func write(
        beyondASCII octet: UInt8, at target: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        unsafe target[0] = 0xc0 | (octet >> 6)
        unsafe target[1] = 0x80 | (octet & 0x3f)
        return unsafe target + 2
    }

    private static func write(
        escaped octet: UInt8, at target: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        unsafe target[0] = UInt8(ascii: "\\")
        unsafe target[1] = octet
        return unsafe target + 2
    }
}
