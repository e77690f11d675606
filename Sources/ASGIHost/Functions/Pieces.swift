import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The blocks for values that are still to be read: large bytes and arrays are sent outside the encoded values. Owns
/// the blocks that were not taken.
final class Pieces {
    private var blocks: [Batch.Block] = []
    private var next = 0
    /// The size of all blocks in bytes.
    private(set) var count = 0

    /// Takes ownership of a block.
    func append(_ block: Batch.Block) {
        blocks.append(block)
        count += block.count
    }

    /// Returns the octets of the next large value; the caller owns them.
    ///
    /// - Returns: memory of `BlockPool` with `length` bytes; `nil` if the blocks are missing.
    func take(_ length: Int) -> UnsafeMutableRawPointer? {
        guard next < blocks.count, length > 0 else { return nil }
        if blocks[next].count == length, unsafe blocks[next].borrowed == nil {
            next += 1
            return unsafe blocks[next - 1].start
        }
        return unsafe join(length)
    }

    /// Joins the blocks of a value that was too long for one record.
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
