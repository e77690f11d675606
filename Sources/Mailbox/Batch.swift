#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Records on their way from one thread to the other, as `Record` describes them.
///
/// A body is among its record's octets, or, from `blockSize` on, in a block of its own, so that it is copied once on each
/// side, or not at all where it is lent.
public struct Batch: ~Copyable, Sendable {
    /// Bytes from which a body gets a block of its own.
    public static let blockSize = 16 << 10
    /// Bytes from which lending a body costs less than copying it.
    public static let borrowSize = 64 << 10

    /// A large body: memory of `BlockPool`, or a borrowed buffer, owned by the batch until it is taken.
    ///
    /// `@unchecked` because the memory has one owner, whoever has the block; nobody writes to a borrowed one.
    /// `@safe` because only `release` and `takeBlock` end its memory; what reads it is unsafe, and says so.
    @safe public struct Block: BitwiseCopyable, @unchecked Sendable {
        /// Where it begins; `nil` once taken.
        public internal(set) var start: UnsafeMutableRawPointer?
        /// Its length in bytes.
        public let count: Int
        /// The `BorrowedBuffer`, retained, whose memory it is; `nil` for the pool's.
        public let borrowed: UnsafeMutableRawPointer?

        /// Gives the memory back to where it is from, unless the block was taken. Any thread.
        public func release() {
            guard let start = unsafe start else { return }
            if let borrowed = unsafe borrowed {
                unsafe BorrowedBuffer.release(borrowed)
            } else {
                unsafe BlockPool.give(start, count)
            }
        }
    }

    /// The records; what there is of a whole one is a multiple of four bytes.
    public var records = RawBuffer<UInt8>(capacity: 4096)
    /// The large bodies in their order.
    public var blocks = RawBuffer<Block>(capacity: 8)

    /// An empty batch.
    public init() {}

    deinit { freeBlocks() }

    /// Whether there is no record.
    public var isEmpty: Bool { records.count == 0 }

    // MARK: - Writing

    /// Begins a command's record: the numbers that each has. Its size is set by `finish`.
    ///
    /// - Returns: where it stands, for `finish`.
    @inline(__always)
    public mutating func begin(_ command: Command, _ flags: Command.Flags = [], slot: UInt32) -> Int {
        begin(command.rawValue, flags: flags.rawValue, slot: slot)
    }

    /// Begins an answer's record.
    ///
    /// - Returns: where it stands, for `finish`.
    @inline(__always)
    public mutating func begin(_ answer: Answer, _ flags: Answer.Flags = [], slot: UInt32) -> Int {
        begin(answer.rawValue, flags: flags.rawValue, slot: slot)
    }

    @inline(__always)
    private mutating func begin(_ kind: UInt32, flags: UInt32, slot: UInt32) -> Int {
        let place = records.count
        let start = unsafe UnsafeMutableRawPointer(records.extend(by: 4 * Record.Place.first))
        unsafe start.storeBytes(of: 0, as: UInt32.self)
        unsafe start.storeBytes(of: kind | flags << 8, toByteOffset: 4, as: UInt32.self)
        unsafe start.storeBytes(of: slot, toByteOffset: 8, as: UInt32.self)
        return place
    }

    /// Adds a number to the record that is being written.
    @inline(__always)
    public mutating func append(number: UInt32) {
        unsafe UnsafeMutableRawPointer(records.extend(by: 4)).storeBytes(of: number, as: UInt32.self)
    }

    /// Adds a 64-bit number, the lower half first.
    @inline(__always)
    public mutating func append(long: Int) {
        append(number: UInt32(truncatingIfNeeded: long))
        append(number: UInt32(truncatingIfNeeded: long >> 32))
    }

    /// Adds octets to the record that is being written.
    @inline(__always)
    public mutating func append(octets: UnsafeRawBufferPointer) {
        guard let start = octets.baseAddress, octets.count > 0 else { return }
        unsafe records.append(start.assumingMemoryBound(to: UInt8.self), count: octets.count)
    }

    /// Fills up to a whole number.
    @inline(__always)
    public mutating func pad() {
        let rest = records.count & 3
        if rest > 0 { unsafe records.extend(by: 4 - rest).update(repeating: 0, count: 4 - rest) }
    }

    /// Ends the last record, which stands at `place`: fills it up and sets its size.
    @inline(__always)
    public mutating func finish(_ place: Int) {
        pad()
        setNumber(Record.Place.size, at: place, UInt32((records.count - place) / 4))
    }

    /// Ends the last record, which stands at `place`, with a body: its octets, or from `blockSize` on a block.
    ///
    /// - Parameter number: where its length stands.
    @inline(__always)
    public mutating func finish(_ place: Int, body: UnsafeRawBufferPointer, lengthAt number: Int) {
        pad()
        if body.count < Batch.blockSize {
            setNumber(number, at: place, UInt32(body.count))
            unsafe append(octets: body)
        } else {
            setNumber(number, at: place, Record.inBlock)
            unsafe append(block: body)
        }
        finish(place)
    }

    /// A number of the record at `place`.
    @inline(__always)
    public func number(_ index: Int, at place: Int) -> UInt32 {
        unsafe UnsafeRawPointer(records.start).load(fromByteOffset: place + 4 * index, as: UInt32.self)
    }

    /// Sets a number of the record at `place`.
    @inline(__always)
    public mutating func setNumber(_ index: Int, at place: Int, _ number: UInt32) {
        unsafe UnsafeMutableRawPointer(records.start).storeBytes(
            of: number, toByteOffset: place + 4 * index, as: UInt32.self)
    }

    /// Adds flags to the answer at `place`.
    @inline(__always)
    public mutating func add(_ flags: Answer.Flags, at place: Int) {
        setNumber(Record.Place.kind, at: place, number(Record.Place.kind, at: place) | flags.rawValue << 8)
    }

    /// Adds flags to the command at `place`.
    @inline(__always)
    public mutating func add(_ flags: Command.Flags, at place: Int) {
        setNumber(Record.Place.kind, at: place, number(Record.Place.kind, at: place) | flags.rawValue << 8)
    }

    /// The kind and the flags of the answer at `place`; of a batch of answers.
    @inline(__always)
    public func answer(at place: Int) -> (kind: Answer?, flags: Answer.Flags) {
        let word = number(Record.Place.kind, at: place)
        return (Answer(rawValue: word & 0xff), Answer.Flags(rawValue: word >> 8))
    }

    /// Adds a body as a block, which the last record refers to.
    public mutating func append(block body: UnsafeRawBufferPointer) {
        // A buffer that was given away has no memory.
        unsafe blocks.append(body.isEmpty ? Block(start: nil, count: 0, borrowed: nil) : Block(copying: body))
    }

    /// Adds a body of at least `borrowSize` bytes as a block, without a copy.
    ///
    /// - Parameter buffer: keeps the memory alive and unchanged.
    public mutating func append(borrowed body: UnsafeRawBufferPointer, from buffer: BorrowedBuffer) {
        // Sound because a block is only written to by what has made it.
        let start = unsafe UnsafeMutableRawPointer(mutating: body.baseAddress)
        unsafe blocks.append(Block(start: start, count: body.count, borrowed: buffer.retained))
    }

    // MARK: - Batches

    /// Takes a block over: the caller releases it.
    public mutating func takeBlock(_ index: Int) -> Block {
        let block = blocks[index]
        unsafe blocks[index].start = nil
        return block
    }

    /// Adds all records of another batch behind the own ones and empties it.
    public mutating func append(_ other: inout Batch) {
        unsafe records.append(other.records.start, count: other.records.count)
        unsafe blocks.append(other.blocks.start, count: other.blocks.count)
        other.blocks.shrink(to: 0)
        other.clear()
    }

    /// Forgets all records; blocks that nobody took are freed.
    public mutating func clear() {
        freeBlocks()
        records.shrink(to: 0)
        blocks.shrink(to: 0)
    }

    private func freeBlocks() {
        for index in 0..<blocks.count { blocks[index].release() }
    }
}
