import PythonAPI

/// From a request's target to the text an application sees.
enum PercentDecoding {
    /// The path with its escapes decoded, as UTF-8; what is invalid becomes U+FFFD and an escape that is none stays.
    static func string(
        _ path: some RandomAccessCollection<UInt8>, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(path.count)
        var index = path.startIndex
        while index != path.endIndex {
            let byte = path[index]
            if byte == UInt8(ascii: "%"), path.distance(from: index, to: path.endIndex) > 2,
                let high = digit(path[path.index(index, offsetBy: 1)]),
                let low = digit(path[path.index(index, offsetBy: 2)])
            {
                decoded.append(high << 4 | low)
                index = path.index(index, offsetBy: 3)
            } else {
                decoded.append(byte)
                index = path.index(after: index)
            }
        }
        return try decoded.withUnsafeBytesOrThrow { bytes throws(PyError) in try PyOwned.string(utf8: bytes, py) }
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
