import Mailbox

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One shape of response heads, and the values of the last head that had it.
final class ResponseShape {
    let hash: UInt64
    /// How many headers it has.
    let count: Int
    /// The names as applications spell them, one after the other.
    private var names = RawBuffer<UInt8>(capacity: 128)
    private var lengths = RawBuffer<UInt32>(capacity: 16)
    private let values: UnsafeMutablePointer<RawBuffer<UInt8>>

    /// A shape whose values are not known yet.
    init(_ hash: UInt64, _ headers: borrowing RawBuffer<ResponseHeads.Header>) {
        self.hash = hash
        count = headers.count
        values = .allocate(capacity: count)
        for index in 0..<count {
            (values + index).initialize(to: RawBuffer(capacity: 32))
            let name = headers[index].name
            if let start = name.baseAddress {
                names.append(start.assumingMemoryBound(to: UInt8.self), count: name.count)
            }
            lengths.append(UInt32(name.count))
        }
    }

    deinit {
        values.deinitialize(count: count)
        values.deallocate()
    }

    /// Whether these headers have its names.
    @inline(__always)
    func fits(_ headers: borrowing RawBuffer<ResponseHeads.Header>) -> Bool {
        guard headers.count == count else { return false }
        var place = UnsafeRawPointer(names.start)
        for index in 0..<count {
            let name = headers[index].name
            guard name.count == lengths[index] else { return false }
            if let start = name.baseAddress, memcmp(start, place, name.count) != 0 { return false }
            place += name.count
        }
        return true
    }

    /// Whether a header has its last value again. A long one never has.
    @inline(__always)
    func isLast(_ value: UnsafeRawBufferPointer, _ index: Int) -> Bool {
        let last = values + index
        guard value.count == last.pointee.count, value.count <= Head.longestKept else { return false }
        guard let start = value.baseAddress else { return true }
        return memcmp(start, last.pointee.start, value.count) == 0
    }

    /// Keeps a header's value; of a long one as much as shows that it was long.
    @inline(__always)
    func keep(_ value: UnsafeRawBufferPointer, _ index: Int) {
        values[index].shrink(to: 0)
        guard let start = value.baseAddress else { return }
        values[index].append(
            start.assumingMemoryBound(to: UInt8.self), count: min(value.count, Head.longestKept + 1))
    }
}
