import Mailbox
import NodeAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Makes V8 free the Buffers of chunks that were read, sooner than it would by itself, for consumers that read slowly.
///
/// V8 knows how much memory Buffers hold and begins to collect at 64 MiB. That suits fast readers, but is far too much
/// for a slow one.
struct MemoryPressure {
    /// A collection follows after this many bytes of Buffers and at least this many nanoseconds, so that collecting
    /// takes a tenth of the time at most.
    private static let maxBytes = 16 << 20
    private static let pause: UInt64 = 60_000_000
    /// Bytes of memory that are reported to V8 for a moment: enough for a collection to begin at once.
    private static let weight: Int64 = 64 << 20

    private var bytes = 0
    private var last: UInt64 = 0

    /// Bytes of Buffers were freed without a collection.
    mutating func remove(_ count: Int) { bytes = max(0, bytes - count) }

    /// Bytes were stored in Buffers.
    mutating func add(_ count: Int, _ node: borrowing Node) throws(NodeError) {
        bytes += count
        guard bytes >= MemoryPressure.maxBytes else { return }
        let now = MonotonicClock.now()
        guard now &- last >= MemoryPressure.pause else { return }
        (bytes, last) = (0, now)
        try node.adjustExternalMemory(by: MemoryPressure.weight)
        try node.adjustExternalMemory(by: -MemoryPressure.weight)
    }
}
