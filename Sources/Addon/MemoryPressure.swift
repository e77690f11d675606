import Mailbox
import NodeAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Makes V8 collect the chunks that were read sooner than it would by itself, where a consumer reads slowly.
///
/// V8 knows how much memory Buffers hold and begins to collect when 64 MiB have gathered. That is right for a fast reader,
/// and keeps far too much for a slow one.
struct MemoryPressure {
    /// Bytes of Buffers between two collections, and nanoseconds at least, so that collecting takes a tenth of the time
    /// at most.
    private static let most = 16 << 20
    private static let pause: UInt64 = 60_000_000
    /// What V8 is made to believe for a moment: enough to begin at once.
    private static let weight: Int64 = 64 << 20

    private var bytes = 0
    private var last: UInt64 = 0

    /// So many bytes of Buffers were freed without being collected.
    mutating func remove(_ count: Int) { bytes = max(0, bytes - count) }

    /// So many bytes went into Buffers.
    mutating func add(_ count: Int, _ node: borrowing Node) throws(NodeError) {
        bytes += count
        guard bytes >= MemoryPressure.most else { return }
        let now = MonotonicClock.now()
        guard now &- last >= MemoryPressure.pause else { return }
        (bytes, last) = (0, now)
        try node.adjustExternalMemory(by: MemoryPressure.weight)
        try node.adjustExternalMemory(by: -MemoryPressure.weight)
    }
}
