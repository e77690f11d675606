import HTTP1TestSupport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Parses connections from standard input, and writes the messages of each as a line of JSON.
///
/// A connection is its number of octets, as four octets in little-endian order, followed by the octets. It is parsed
/// whole, cut at each place, and one octet at a time; the line's `problem` says where the results differ.
@main
enum HTTP1Reader {
    static func main() {
        while let size = take(4) {
            let count = size.reversed().reduce(0) { $0 << 8 | Int($1) }
            guard let octets = take(count) else { fatalError("The input ends in the middle of a connection.") }
            print(ParsedConnection.cutEverywhere(octets).json)
            fflush(nil)
        }
    }

    /// The next octets; nil at the end of the input.
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
