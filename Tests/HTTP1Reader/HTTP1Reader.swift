import HTTP1Readings

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Reads connections from standard input and writes what the parser reads in them, one line of JSON each.
///
/// A connection is its number of octets, as four octets with the lowest first, and its octets. It is read whole, cut at
/// each place, and one octet at a time; `problem` in the line says where that makes a difference.
@main
enum HTTP1Reader {
    static func main() {
        while let size = take(4) {
            let count = size.reversed().reduce(0) { $0 << 8 | Int($1) }
            guard let octets = take(count) else { fatalError("The input ends in the middle of a connection.") }
            print(ConnectionReading.cutEverywhere(octets).json)
            fflush(nil)
        }
    }

    /// So many octets, or nil where the input has ended.
    private static func take(_ count: Int) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: count)
        var taken = 0
        while taken < count {
            let more = octets.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress! + taken, count - taken) }
            guard more > 0 else { return nil }
            taken += more
        }
        return octets
    }
}
