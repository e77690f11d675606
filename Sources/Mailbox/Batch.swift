#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Records on their way from one thread to another, in the format that `Record` describes.
///
/// A small body is stored in its record. From `blockSize` on a body has a block of its own, so that it is copied only
/// once on each side, or not at all if it is a borrowed buffer.
public struct Batch: ~Copyable, Sendable {
    /// The size in bytes from which a body gets a block of its own.
    public static let blockSize = 16 << 10
    /// The size in bytes from which borrowing a body is cheaper than copying it.
    public static let borrowSize = 64 << 10

    /// A large body: memory of `BlockPool` or of a `BorrowedBuffer`. The batch owns it until `takeBlock`.
    ///
    /// `@unchecked` because the memory has one owner, and borrowed memory is never written to. `@safe` because only
    /// `release` and `takeBlock` end its life, and reading the memory is unsafe.
    @safe public struct Block: BitwiseCopyable, @unchecked Sendable {
        /// The start of the memory; `nil` once taken.
        public internal(set) var start: UnsafeMutableRawPointer?
        /// Its length in bytes.
        public let count: Int
        /// A retained `BorrowedBuffer` that the memory belongs to; `nil` for memory of the pool.
        public let borrowed: UnsafeMutableRawPointer?

        /// Gives the memory back to the pool or to its owner, unless the block was taken. Any thread.
        public func release() {
            guard let start = unsafe start else { return }
            if let borrowed = unsafe borrowed {
                unsafe BorrowedBuffer.release(borrowed)
            } else {
                unsafe BlockPool.release(start, count)
            }
        }
    }

    /// The records. Each whole record is a multiple of four bytes.
    public var records = RawBuffer<UInt8>(capacity: 4096)
    /// The large bodies, in the order of their records.
    public var blocks = RawBuffer<Block>(capacity: 8)

    /// An empty batch.
    public init() {}

    deinit { freeBlocks() }

    /// Whether there is no record.
    public var isEmpty: Bool { records.count == 0 }

    // MARK: - Writing

    /// Begins a command's record with the numbers that every record has. `finish` sets its size.
    ///
    /// - Returns: the record's offset in bytes, for `finish`.
    @inline(__always)
    public mutating func begin(_ command: Command, _ flags: Command.Flags = [], slot: UInt32) -> Int {
        begin(command.rawValue, flags: flags.rawValue, slot: slot)
    }

    /// Begins an answer's record; see above.
    ///
    /// - Returns: the record's offset in bytes, for `finish`.
    @inline(__always)
    public mutating func begin(_ answer: Answer, _ flags: Answer.Flags = [], slot: UInt32) -> Int {
        begin(answer.rawValue, flags: flags.rawValue, slot: slot)
    }

    @inline(__always)
    private mutating func begin(_ kind: UInt32, flags: UInt32, slot: UInt32) -> Int {
        let offset = records.count
        let start = unsafe UnsafeMutableRawPointer(records.extend(by: 4 * Record.Index.first))
        unsafe start.storeBytes(of: 0, as: UInt32.self)
        unsafe start.storeBytes(of: kind | flags << 8, toByteOffset: 4, as: UInt32.self)
        unsafe start.storeBytes(of: slot, toByteOffset: 8, as: UInt32.self)
        return offset
    }

    /// Adds a 32-bit number to the record being written.
    @inline(__always)
    public mutating func append(number: UInt32) {
        unsafe UnsafeMutableRawPointer(records.extend(by: 4)).storeBytes(of: number, as: UInt32.self)
    }

    /// Adds a 64-bit number to the record being written, the lower half first.
    @inline(__always)
    public mutating func append(long: Int) {
        append(number: UInt32(truncatingIfNeeded: long))
        append(number: UInt32(truncatingIfNeeded: long >> 32))
    }

    /// Adds octets to the record being written.
    @inline(__always)
    public mutating func append(octets: UnsafeRawBufferPointer) {
        guard let start = octets.baseAddress, octets.count > 0 else { return }
        unsafe records.append(start.assumingMemoryBound(to: UInt8.self), count: octets.count)
    }

    /// Pads the record with zeros to a whole number.
    @inline(__always)
    public mutating func pad() {
        let rest = records.count & 3
        if rest > 0 { unsafe records.extend(by: 4 - rest).update(repeating: 0, count: 4 - rest) }
    }

    /// Finishes the last record: pads it and sets its size.
    ///
    /// - Parameter offset: the record's offset, which `begin` has returned.
    @inline(__always)
    public mutating func finish(_ offset: Int) {
        pad()
        setNumber(Record.Index.size, at: offset, UInt32((records.count - offset) / 4))
    }

    /// Finishes the last record with a body: its octets, or a block if the body has at least `blockSize` bytes.
    ///
    /// - Parameters:
    ///   - offset: the record's offset, which `begin` has returned.
    ///   - index: the index of the number that receives the body's length.
    @inline(__always)
    public mutating func finish(_ offset: Int, body: UnsafeRawBufferPointer, lengthAt index: Int) {
        pad()
        if body.count < Batch.blockSize {
            setNumber(index, at: offset, UInt32(body.count))
            unsafe append(octets: body)
        } else {
            setNumber(index, at: offset, Record.inBlock)
            unsafe append(block: body)
        }
        finish(offset)
    }

    /// A number of the record at an offset.
    @inline(__always)
    public func number(_ index: Int, at offset: Int) -> UInt32 {
        unsafe UnsafeRawPointer(records.start).load(fromByteOffset: offset + 4 * index, as: UInt32.self)
    }

    /// Sets a number of the record at an offset.
    @inline(__always)
    public mutating func setNumber(_ index: Int, at offset: Int, _ number: UInt32) {
        unsafe UnsafeMutableRawPointer(records.start).storeBytes(
            of: number, toByteOffset: offset + 4 * index, as: UInt32.self)
    }

    /// Adds flags to the answer at an offset.
    @inline(__always)
    public mutating func add(_ flags: Answer.Flags, at offset: Int) {
        setNumber(Record.Index.kind, at: offset, number(Record.Index.kind, at: offset) | flags.rawValue << 8)
    }

    /// Adds flags to the command at an offset.
    @inline(__always)
    public mutating func add(_ flags: Command.Flags, at offset: Int) {
        setNumber(Record.Index.kind, at: offset, number(Record.Index.kind, at: offset) | flags.rawValue << 8)
    }

    /// The kind and flags of the answer at an offset. Only for a batch of answers; the kind is `nil` if it is unknown.
    @inline(__always)
    public func answer(at offset: Int) -> (kind: Answer?, flags: Answer.Flags) {
        let word = number(Record.Index.kind, at: offset)
        return (Answer(rawValue: word & 0xff), Answer.Flags(rawValue: word >> 8))
    }

    /// Adds a copy of a body as a block of the last record.
    public mutating func append(block body: UnsafeRawBufferPointer) {
        // A detached ArrayBuffer has no memory.
        unsafe blocks.append(body.isEmpty ? Block(start: nil, count: 0, borrowed: nil) : Block(copying: body))
    }

    /// Adds a body of at least `borrowSize` bytes as a block without copying it.
    ///
    /// - Parameter buffer: keeps the memory alive and unchanged.
    public mutating func append(borrowed body: UnsafeRawBufferPointer, from buffer: BorrowedBuffer) {
        // Sound because a block's memory is only written by the code that has allocated it.
        let start = unsafe UnsafeMutableRawPointer(mutating: body.baseAddress)
        unsafe blocks.append(Block(start: start, count: body.count, borrowed: buffer.retained))
    }

    // MARK: - Batches

    /// Takes a block out of the batch. The caller must release it.
    public mutating func takeBlock(_ index: Int) -> Block {
        let block = blocks[index]
        unsafe blocks[index].start = nil
        return block
    }

    /// Appends all records of another batch and empties it.
    public mutating func append(_ other: inout Batch) {
        unsafe records.append(other.records.start, count: other.records.count)
        unsafe blocks.append(other.blocks.start, count: other.blocks.count)
        other.blocks.shrink(to: 0)
        other.clear()
    }

    /// Removes all records and releases the blocks that were not taken.
    public mutating func clear() {
        freeBlocks()
        records.shrink(to: 0)
        blocks.shrink(to: 0)
    }

    private func freeBlocks() {
        for index in 0..<blocks.count { blocks[index].release() }
    }
}
