import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Decodes the target of a request.
enum PercentDecoding {
    /// The path with its escapes decoded, as UTF-8. Invalid UTF-8 becomes U+FFFD, and an invalid escape stays as it is.
    static func string(_ path: UnsafeRawBufferPointer, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard let start = path.baseAddress, unsafe memchr(start, 0x25, path.count) != nil else {
            return try unsafe PyOwned.string(utf8: path, py)
        }
        let decoded = UnsafeMutableRawBufferPointer.allocate(byteCount: path.count, alignment: 1)
        defer { unsafe decoded.deallocate() }
        var (index, length) = (0, 0)
        while index < path.count {
            if unsafe path[index] == UInt8(ascii: "%"), path.count - index > 2,
                let high = unsafe digit(path[index + 1]),
                let low = unsafe digit(path[index + 2])
            {
                unsafe decoded[length] = high << 4 | low
                index += 3
            } else {
                unsafe decoded[length] = path[index]
                index += 1
            }
            length += 1
        }
        return try unsafe PyOwned.string(utf8: UnsafeRawBufferPointer(rebasing: decoded[..<length]), py)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
