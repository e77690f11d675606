#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Octets elsewhere, which stay unchanged until the head that they belong to is written.
///
/// `@unchecked` because it is only used on one thread, while the memory is valid. `@safe` because creating one is
/// unsafe: the memory must stay valid.
@safe package struct Octets: BitwiseCopyable, @unchecked Sendable {
    /// The octets.
    package let bytes: UnsafeRawBufferPointer

    /// Octets in memory that stays valid.
    package init(bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }
}

/// The shapes of the heads that one side has sent: see `Head`.
///
/// `@safe` because nothing else has its memory.
@safe package struct SentShapes: ~Copyable {
    private var shapes: [SentShape] = []
    /// A hash table with open addressing, from the hash of the names to the shape's number, or to `free`.
    private let table = UnsafeMutablePointer<UInt16>.allocate(capacity: tableSize)
    /// A power of two, and larger than the number of shapes.
    private static let tableSize = 4 * Head.maxShapes
    private static let free = UInt16.max

    /// The hash of no names, to begin with.
    package static let noNames: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// No shapes: nothing was sent yet.
    package init() { unsafe table.initialize(repeating: SentShapes.free, count: SentShapes.tableSize) }

    deinit { unsafe table.deallocate() }

    /// The shape with a number.
    @inline(__always)
    package subscript(number: Int) -> SentShape { shapes[number] }

    /// The number of the shape with these names, or `nil`.
    @inline(__always)
    package func find(_ hash: UInt64, _ names: borrowing RawBuffer<Octets>) -> Int? {
        var entry = SentShapes.first(hash)
        while unsafe table[entry] != SentShapes.free {
            let number = unsafe Int(table[entry])
            if shapes[number].hash == hash, shapes[number].fits(names) { return number }
            entry = SentShapes.after(entry)
        }
        return nil
    }

    /// Gives a number to names that have none. If all numbers are used, all other shapes are forgotten first.
    ///
    /// - Parameter fields: how many fields the heads have, including those without a name.
    package mutating func define(_ hash: UInt64, _ names: borrowing RawBuffer<Octets>, fields: Int) -> Int {
        if shapes.count == Head.maxShapes {
            shapes.removeAll(keepingCapacity: true)
            unsafe table.update(repeating: SentShapes.free, count: SentShapes.tableSize)
        }
        var entry = SentShapes.first(hash)
        while unsafe table[entry] != SentShapes.free { entry = SentShapes.after(entry) }
        unsafe table[entry] = UInt16(shapes.count)
        shapes.append(SentShape(hash, names, fields: fields))
        return shapes.count - 1
    }

    @inline(__always)
    private static func first(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (tableSize - 1) }

    @inline(__always)
    private static func after(_ entry: Int) -> Int { (entry + 1) & (tableSize - 1) }

    /// The hash of a row of names.
    ///
    /// - Parameters:
    ///   - name: the last name.
    ///   - before: the hash of the names before it.
    @inline(__always)
    package static func hash(_ name: UnsafeRawBufferPointer, after before: UInt64) -> UInt64 {
        var hash = before ^ UInt64(truncatingIfNeeded: name.count)
        var at = 0
        while at + 8 <= name.count {
            hash = unsafe (hash ^ name.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
            at += 8
        }
        while at < name.count {
            hash = unsafe (hash ^ UInt64(name[at])) &* 0x100_0000_01b3
            at += 1
        }
        return hash ^ hash >> 29
    }
}

/// One shape of heads that were sent, with the fields of the last one.
///
/// `@safe` because nothing else has its memory.
@safe package final class SentShape {
    let hash: UInt64
    private let fieldCount: Int
    /// The names, one after the other.
    private var names = RawBuffer<UInt8>(capacity: 128)
    private var lengths = RawBuffer<UInt32>(capacity: 16)
    /// The fields of the last head. Of a long field only as many octets are kept as show that it is too long.
    private let fields: UnsafeMutablePointer<RawBuffer<UInt8>>

    /// A shape without a head.
    init(_ hash: UInt64, _ names: borrowing RawBuffer<Octets>, fields count: Int) {
        self.hash = hash
        fieldCount = count
        unsafe fields = .allocate(capacity: count)
        for index in 0..<count { unsafe (fields + index).initialize(to: RawBuffer(capacity: 32)) }
        for index in 0..<names.count {
            let name = unsafe names[index].bytes
            lengths.append(UInt32(name.count))
            guard let start = name.baseAddress else { continue }
            unsafe self.names.append(start.assumingMemoryBound(to: UInt8.self), count: name.count)
        }
    }

    deinit {
        unsafe fields.deinitialize(count: fieldCount)
        unsafe fields.deallocate()
    }

    /// Whether the shape has these names.
    @inline(__always)
    func fits(_ names: borrowing RawBuffer<Octets>) -> Bool {
        guard names.count == lengths.count else { return false }
        var next = unsafe UnsafeRawPointer(self.names.start)
        for index in 0..<names.count {
            let name = unsafe names[index].bytes
            guard name.count == Int(lengths[index]) else { return false }
            if let start = name.baseAddress, unsafe memcmp(start, next, name.count) != 0 { return false }
            unsafe next += name.count
        }
        return true
    }

    /// Whether a field has the same value as in the last head. `false` for long fields.
    @inline(__always)
    package func isLast(_ field: UnsafeRawBufferPointer, _ index: Int) -> Bool {
        let last = unsafe fields + index
        guard unsafe field.count == last.pointee.count, field.count <= Head.maxKeptLength else { return false }
        guard let start = field.baseAddress else { return true }
        return unsafe memcmp(start, last.pointee.start, field.count) == 0
    }

    /// Keeps a field for the comparison with the next head.
    @inline(__always)
    package func keep(_ field: UnsafeRawBufferPointer, _ index: Int) {
        unsafe fields[index].shrink(to: 0)
        guard let start = field.baseAddress else { return }
        unsafe fields[index].append(
            start.assumingMemoryBound(to: UInt8.self), count: min(field.count, Head.maxKeptLength + 1))
    }
}
