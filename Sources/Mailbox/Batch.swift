#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Records on their way from one thread to the other: numbers, text and bodies, each in one piece of memory.
///
/// What the numbers mean is in `Command` and `Answer`. Text is latin-1, its parts ended by NUL where the record says so.
/// A body is in `bytes`, or, from `blockSize` on, in a block of its own, so that it is copied once on each side, or not at
/// all where it is lent.
public struct Batch: ~Copyable, Sendable {
    /// Bytes from which a body gets a block of its own.
    public static let blockSize = 16 << 10
    /// Bytes from which lending a body costs less than copying it. (A response in one piece, through `listener`: 0.97 times
    /// as many with 16 and 32 KiB, 1.06 to 1.09 times with 64 KiB. 4 MiB in pieces of 64 KiB: 1.04 times the bytes, 1.09
    /// times on Node's thread, for three fifths of Python's time.)
    public static let lendSize = 64 << 10

    /// A large body: memory of `BlockPool`, or of a loan, owned by the batch until it is taken.
    ///
    /// `@unchecked` because the memory has one owner, whoever has the block; of a loan's, nobody writes to it.
    public struct Block: BitwiseCopyable, @unchecked Sendable {
        /// Where it begins; `nil` once taken.
        public internal(set) var start: UnsafeMutableRawPointer?
        /// Its length in bytes.
        public let count: Int
        /// The `Loan`, retained, whose memory it is; `nil` for the pool's.
        public let loan: UnsafeMutableRawPointer?

        /// Gives the memory back to where it is from, unless the block was taken. Any thread.
        public func release() {
            guard let start else { return }
            if let loan { Loan.end(loan) } else { BlockPool.give(start, count) }
        }
    }

    /// The records.
    public var words = RawBuffer<UInt32>(capacity: 1024)
    /// The text of all records in their order.
    public var text = RawBuffer<UInt8>(capacity: 4096)
    /// The small bodies of all records in their order.
    public var bytes = RawBuffer<UInt8>(capacity: 4096)
    /// The large bodies in their order.
    public var blocks = RawBuffer<Block>(capacity: 8)

    /// An empty batch.
    public init() {}

    deinit { freeBlocks() }

    /// Whether there is no record.
    public var isEmpty: Bool { words.count == 0 }

    /// Adds the bytes of a body behind the record that is being written.
    ///
    /// - Returns: whether it went into a block.
    @discardableResult @inline(__always)
    public mutating func append(body: UnsafeRawBufferPointer) -> Bool {
        guard let start = body.baseAddress, body.count > 0 else { return false }
        if body.count >= Batch.blockSize {
            let block = BlockPool.take(body.count)
            memcpy(block, start, body.count)
            blocks.append(Block(start: block, count: body.count, loan: nil))
            return true
        }
        bytes.append(start.assumingMemoryBound(to: UInt8.self), count: body.count)
        return false
    }

    /// Adds a body of at least `lendSize` bytes, which are not copied, behind the record that is being written.
    ///
    /// - Parameter loan: keeps the memory as it is.
    public mutating func append(lent body: UnsafeRawBufferPointer, by loan: Loan) {
        // Sound because nobody writes to a block but who has made it.
        let start = UnsafeMutableRawPointer(mutating: body.baseAddress)
        blocks.append(Block(start: start, count: body.count, loan: loan.retained))
    }

    /// Adds the bytes of small bodies, which stand one behind the other.
    public mutating func append(small bodies: UnsafeRawBufferPointer) {
        guard let start = bodies.baseAddress, bodies.count > 0 else { return }
        bytes.append(start.assumingMemoryBound(to: UInt8.self), count: bodies.count)
    }

    /// Takes a block over: the caller releases it.
    public mutating func takeBlock(_ index: Int) -> Block {
        let block = blocks[index]
        blocks[index].start = nil
        return block
    }

    /// Adds all records of another batch behind the own ones and empties it.
    public mutating func append(_ other: inout Batch) {
        words.append(other.words.start, count: other.words.count)
        text.append(other.text.start, count: other.text.count)
        bytes.append(other.bytes.start, count: other.bytes.count)
        blocks.append(other.blocks.start, count: other.blocks.count)
        other.blocks.shrink(to: 0)
        other.clear()
    }

    /// Forgets all records; blocks that nobody took are freed.
    public mutating func clear() {
        freeBlocks()
        words.shrink(to: 0)
        text.shrink(to: 0)
        bytes.shrink(to: 0)
        blocks.shrink(to: 0)
    }

    private func freeBlocks() {
        for index in 0..<blocks.count { blocks[index].release() }
    }
}
