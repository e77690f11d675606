import HTTP1
import Mailbox

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where the answer to a request comes from.
enum Destination {
    case application
    case listener
    /// The server itself: the health path.
    case health
    /// The server itself, with 404: the path is outside of `paths`, and there is no listener.
    case notFound
}

extension NativeServer {
    /// Determines where the answer to a request comes from.
    @inline(__always)
    func destination(of head: RequestHead) -> Destination {
        if head.wantsUpgrade || head.isConnect { return options.hasListener ? .listener : .application }
        if options.paths.isEmpty, options.healthPath.isEmpty, options.otherPaths.isEmpty { return .application }
        let path = unsafe head[head.path]
        if !options.healthPath.isEmpty, unsafe path.elementsEqual(options.healthPath) { return .health }
        if options.otherPaths.contains(where: { unsafe Self.isBelow(path, $0) }) { return .listener }
        if options.paths.isEmpty || options.paths.contains(where: { unsafe Self.isBelow(path, $0) }) {
            return .application
        }
        return options.hasListener ? .listener : .notFound
    }

    /// Whether a path equals a prefix or is below it.
    private static func isBelow(_ path: UnsafeRawBufferPointer, _ prefix: [UInt8]) -> Bool {
        guard unsafe path.starts(with: prefix) else { return false }
        return unsafe path.count == prefix.count || prefix.last == UInt8(ascii: "/")
            || path[prefix.count] == UInt8(ascii: "/")
    }

    /// Adds the server's headers: all of them, or only those that the response does not have.
    @inline(__always)
    func addHeaders(
        besides head: ReceivedHead?, to writer: inout ResponseWriter, _ buffer: inout OctetBuffer
    ) throws(ResponseError) {
        for (name, value) in options.headers {
            if let head, !options.repeatsHeaders,
                (0..<head.count).contains(where: { unsafe head.name($0).elementsEqual(name) })
            {
                continue
            }
            try writer.field(name: name, value: value, into: &buffer)
        }
    }
}

extension ResponseWriter {
    /// Writes a field whose octets are in arrays.
    @inline(__always)
    mutating func field(name: [UInt8], value: [UInt8], into buffer: inout OctetBuffer) throws(ResponseError) {
        try unsafe name.withUnsafeBufferPointer { name throws(ResponseError) in
            try unsafe value.withUnsafeBufferPointer { value throws(ResponseError) in
                let (name, value) = (UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value))
                try unsafe field(name: name, value: value, into: &buffer)
            }
        }
    }
}
