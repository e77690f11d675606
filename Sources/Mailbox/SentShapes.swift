#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Octets that are elsewhere, and stay what they are until the head that they belong to is written.
///
/// `@unchecked` because it is only there while that memory is, on one thread.
/// `@safe` because to make one is unsafe: the memory has to stay.
@safe package struct Octets: BitwiseCopyable, @unchecked Sendable {
    /// Where they are.
    package let bytes: UnsafeRawBufferPointer

    /// Octets in memory that stays.
    package init(bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }
}

/// The shapes of the heads that one side has sent: see `Head`.
///
/// `@safe` because its memory is its own, and nobody else sees it.
@safe package struct SentShapes: ~Copyable {
    private var shapes: [SentShape] = []
    /// Numbers of shapes by the hash of their names, with open addressing; `nobody` for a free place.
    private let places = UnsafeMutablePointer<UInt16>.allocate(capacity: placeCount)
    /// A power of two, and more than there are shapes.
    private static let placeCount = 4 * Head.mostShapes
    private static let nobody = UInt16.max

    /// What the hash of a row of names begins with.
    package static let noNames: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// No head was sent.
    package init() { unsafe places.initialize(repeating: SentShapes.nobody, count: SentShapes.placeCount) }

    deinit { unsafe places.deallocate() }

    /// The shape with a number that was given out.
    @inline(__always)
    package subscript(number: Int) -> SentShape { shapes[number] }

    /// The number of the shape with these names, if it has one.
    @inline(__always)
    package func find(_ hash: UInt64, _ names: borrowing RawBuffer<Octets>) -> Int? {
        var place = SentShapes.first(hash)
        while unsafe places[place] != SentShapes.nobody {
            let number = unsafe Int(places[place])
            if shapes[number].hash == hash, shapes[number].fits(names) { return number }
            place = SentShapes.after(place)
        }
        return nil
    }

    /// Gives names that have no number one; when all are given out, every other shape loses its own.
    ///
    /// - Parameter fields: how many fields the heads have, with those that have no name.
    package mutating func define(_ hash: UInt64, _ names: borrowing RawBuffer<Octets>, fields: Int) -> Int {
        if shapes.count == Head.mostShapes {
            shapes.removeAll(keepingCapacity: true)
            unsafe places.update(repeating: SentShapes.nobody, count: SentShapes.placeCount)
        }
        var place = SentShapes.first(hash)
        while unsafe places[place] != SentShapes.nobody { place = SentShapes.after(place) }
        unsafe places[place] = UInt16(shapes.count)
        shapes.append(SentShape(hash, names, fields: fields))
        return shapes.count - 1
    }

    @inline(__always)
    private static func first(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (placeCount - 1) }

    @inline(__always)
    private static func after(_ place: Int) -> Int { (place + 1) & (placeCount - 1) }

    /// The hash of a row of names: that of those before `name`, and `name`.
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

/// One shape of heads that were sent, and the fields of the last one.
///
/// `@safe` because its memory is its own, and nobody else sees it.
@safe package final class SentShape {
    let hash: UInt64
    private let fieldCount: Int
    /// The names, one after the other.
    private var names = RawBuffer<UInt8>(capacity: 128)
    private var lengths = RawBuffer<UInt32>(capacity: 16)
    /// The fields of the last head; of a long one as many octets as show that it was long.
    private let fields: UnsafeMutablePointer<RawBuffer<UInt8>>

    /// A shape no head of which was sent yet.
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

    /// Whether these are its names.
    @inline(__always)
    func fits(_ names: borrowing RawBuffer<Octets>) -> Bool {
        guard names.count == lengths.count else { return false }
        var place = unsafe UnsafeRawPointer(self.names.start)
        for index in 0..<names.count {
            let name = unsafe names[index].bytes
            guard name.count == Int(lengths[index]) else { return false }
            if let start = name.baseAddress, unsafe memcmp(start, place, name.count) != 0 { return false }
            unsafe place += name.count
        }
        return true
    }

    /// Whether a field is what it was in the last head. A long one never is.
    @inline(__always)
    package func isLast(_ field: UnsafeRawBufferPointer, _ index: Int) -> Bool {
        let last = unsafe fields + index
        guard unsafe field.count == last.pointee.count, field.count <= Head.longestKept else { return false }
        guard let start = field.baseAddress else { return true }
        return unsafe memcmp(start, last.pointee.start, field.count) == 0
    }

    /// Keeps a field for the next head.
    @inline(__always)
    package func keep(_ field: UnsafeRawBufferPointer, _ index: Int) {
        unsafe fields[index].shrink(to: 0)
        guard let start = field.baseAddress else { return }
        unsafe fields[index].append(
            start.assumingMemoryBound(to: UInt8.self), count: min(field.count, Head.longestKept + 1))
    }
}
