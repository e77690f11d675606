#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Reads the NUL-ended parts of a batch's text, in order.
///
/// The memory is the batch's, which is not touched while it is read.
struct TextReader {
    private var position: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>

    init(_ text: UnsafeRawBufferPointer) {
        // Any address serves where there is nothing.
        position = (text.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!).assumingMemoryBound(to: UInt8.self)
        end = position + text.count
    }

    /// What is left.
    @inline(__always)
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: position, count: end - position) }

    /// Leaves so many bytes out.
    @inline(__always)
    mutating func skip(_ count: Int) { position += count }

    /// The next part without its NUL; the rest when no NUL is left.
    @inline(__always)
    mutating func next() -> UnsafeRawBufferPointer {
        let left = end - position
        guard left > 0 else { return UnsafeRawBufferPointer(start: position, count: 0) }
        let start = position
        if let nul = memchr(start, 0, left) {
            let stop = nul.assumingMemoryBound(to: UInt8.self)
            position = UnsafePointer(stop) + 1
            return UnsafeRawBufferPointer(start: start, count: stop - UnsafeMutablePointer(mutating: start))
        }
        position = end
        return UnsafeRawBufferPointer(start: start, count: left)
    }

    /// The next two parts as one piece of memory, with the NUL between them: a header as it stands.
    @inline(__always)
    mutating func nextPair() -> (whole: UnsafeRawBufferPointer, nameLength: Int) {
        let name = next()
        let value = next()
        let whole = UnsafeRawBufferPointer(start: name.baseAddress, count: name.count + 1 + value.count)
        return (whole, name.count)
    }
}
