import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The blocks that have come for values which are still to be read: bytes and arrays that go apart. Owns those that nobody
/// has taken.
final class Pieces {
    private var blocks: [Batch.Block] = []
    private var next = 0
    /// Bytes of all that have come.
    private(set) var count = 0

    /// Takes a block over.
    func append(_ block: Batch.Block) {
        blocks.append(block)
        count += block.count
    }

    /// The octets of the next value that went apart; the caller owns them.
    ///
    /// - Returns: memory of `BlockPool`, `length` bytes of it; `nil` where they are not there.
    func take(_ length: Int) -> UnsafeMutableRawPointer? {
        guard next < blocks.count, length > 0 else { return nil }
        if blocks[next].count == length, unsafe blocks[next].borrowed == nil {
            next += 1
            return unsafe blocks[next - 1].start
        }
        return unsafe join(length)
    }

    /// A body is longer than a record's may be: it has come in several blocks.
    private func join(_ length: Int) -> UnsafeMutableRawPointer? {
        var total = 0
        let parts = blocks[next...].prefix { block in
            defer { total += block.count }
            return total < length
        }
        guard total == length else { return nil }
        let memory = unsafe BlockPool.allocate(length)
        var end = unsafe memory
        for block in parts {
            if let start = unsafe block.start { unsafe memcpy(end, start, block.count) }
            unsafe end += block.count
            block.release()
        }
        next += parts.count
        return unsafe memory
    }

    deinit {
        for block in blocks[next...] { block.release() }
    }
}
