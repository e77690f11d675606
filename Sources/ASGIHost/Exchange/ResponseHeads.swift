import Mailbox
import PythonAPI

/// The heads of responses on their way to a channel's client: see `Head`.
///
/// A head is read first, without any effect, and written when its exchange has judged it.
struct ResponseHeads: ~Copyable {
    /// A header of the head that is read, in the memory of Python's objects.
    ///
    /// `@unchecked` because it is only there while the application's list is, on one thread.
    struct Header: BitwiseCopyable, @unchecked Sendable {
        let name: UnsafeRawBufferPointer
        let value: UnsafeRawBufferPointer
    }

    /// What has to be known of a head to judge it.
    struct Summary {
        /// The declared length of the body, if there is one.
        var contentLength: Int?
        /// The length could be read in two ways: it is no number, or another one than was said before.
        var isLengthUnclear = false
    }

    private let text = HeaderText()
    private var shapes: [ResponseShape] = []
    /// Numbers of shapes by the hash of their names, with open addressing; `nobody` for a free place.
    private let places = UnsafeMutablePointer<UInt16>.allocate(capacity: placeCount)
    private static let placeCount = 4 * Head.mostShapes
    private static let nobody = UInt16.max

    // The head that was read: its headers, its shape's number where that is known, and what is to be written.
    private var headers = RawBuffer<Header>(capacity: 32)
    private var hash: UInt64 = 0
    private var known: Int?
    private var masks = RawBuffer<UInt32>(capacity: 4)
    private var lengths = RawBuffer<UInt32>(capacity: 64)
    private var octets = RawBuffer<UInt8>(capacity: 1024)

    init() { places.initialize(repeating: ResponseHeads.nobody, count: ResponseHeads.placeCount) }

    deinit { places.deallocate() }

    // MARK: - Reading

    /// Begins to read another head.
    @inline(__always)
    mutating func begin() {
        headers.shrink(to: 0)
        hash = 0x9e37_79b9_7f4a_7c15
    }

    /// Adds a header. `transfer-encoding` is left out: framing is the client's.
    @inline(__always)
    mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to summary: inout Summary) {
        if name.count == 14, ResponseHeads.isSame(name, "content-length") {
            let number = ContentLength.number(value)
            if number == nil || (summary.contentLength ?? number) != number { summary.isLengthUnclear = true }
            summary.contentLength = number
        } else if name.count == 17, ResponseHeads.isSame(name, "transfer-encoding") {
            return
        }
        headers.append(Header(name: name, value: value))
        hash = ResponseHeads.hash(name, hash)
    }

    /// Prepares what is to be written of the head.
    ///
    /// - Throws: what HTTP forbids; `write` must not be called then.
    @inline(__always)
    mutating func finish() throws(HeaderProblem) {
        masks.shrink(to: 0)
        lengths.shrink(to: 0)
        octets.shrink(to: 0)
        known = find()
        if known == nil { try readNames() }
        let shape = known.map { shapes[$0] }
        for _ in 0..<Head.masks(for: headers.count) { masks.append(0) }
        for index in 0..<headers.count {
            let header = headers[index]
            if let shape, shape.isLast(header.value, index) { continue }
            masks[index >> 5] |= 1 << UInt32(index & 31)
            lengths.append(UInt32(truncatingIfNeeded: header.value.count))
            guard text.copyValue(header.value, to: octets.extend(by: header.value.count)) else {
                throw .value(String(decoding: header.name, as: UTF8.self))
            }
        }
    }

    private mutating func readNames() throws(HeaderProblem) {
        for index in 0..<headers.count {
            let name = headers[index].name
            lengths.append(UInt32(truncatingIfNeeded: name.count))
            guard text.copyName(name, to: octets.extend(by: name.count)) else {
                throw .name(String(decoding: name, as: UTF8.self))
            }
        }
    }

    /// Whether the head that was read has a header of this name.
    func has(_ name: StaticString) -> Bool {
        for index in 0..<headers.count where ResponseHeads.isSame(headers[index].name, name) { return true }
        return false
    }

    /// The headers that were read, in memory of their own, with names in lower case.
    func copies() -> [(name: [UInt8], value: [UInt8])] {
        (0..<headers.count).map { index in
            let name = headers[index].name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
            return (name, Array(headers[index].value))
        }
    }

    // MARK: - Writing

    /// Adds the head that was read to the record that is being written: its numbers and its octets.
    @inline(__always)
    mutating func write(to batch: inout Batch) {
        if let known {
            batch.append(number: UInt32(known))
            keep(in: shapes[known])
        } else if headers.count > Head.mostHeaders {
            batch.append(number: Head.noShape)
        } else {
            batch.append(number: UInt32(define()) | Head.defines)
        }
        batch.append(number: UInt32(headers.count))
        for index in 0..<masks.count { batch.append(number: masks[index]) }
        for index in 0..<lengths.count { batch.append(number: lengths[index]) }
        batch.append(octets: octets.bytes)
    }

    private func keep(in shape: ResponseShape) {
        for index in 0..<headers.count where masks[index >> 5] & (1 << UInt32(index & 31)) != 0 {
            shape.keep(headers[index].value, index)
        }
    }

    /// Gives the head's shape a number.
    private mutating func define() -> Int {
        if shapes.count == Head.mostShapes {
            shapes = []
            places.update(repeating: ResponseHeads.nobody, count: ResponseHeads.placeCount)
        }
        let shape = ResponseShape(hash, headers)
        let number = shapes.count
        shapes.append(shape)
        keep(in: shape)
        places[place(of: hash)] = UInt16(number)
        return number
    }

    // MARK: - Finding

    @inline(__always)
    private func find() -> Int? {
        guard headers.count <= Head.mostHeaders else { return nil }
        var place = Int(truncatingIfNeeded: hash) & (ResponseHeads.placeCount - 1)
        while places[place] != ResponseHeads.nobody {
            let number = Int(places[place])
            if shapes[number].hash == hash, shapes[number].fits(headers) { return number }
            place = (place + 1) & (ResponseHeads.placeCount - 1)
        }
        return nil
    }

    /// The first free place for a hash; there is one, as there are more places than shapes.
    private func place(of hash: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash) & (ResponseHeads.placeCount - 1)
        while places[place] != ResponseHeads.nobody { place = (place + 1) & (ResponseHeads.placeCount - 1) }
        return place
    }

    @inline(__always)
    private static func hash(_ name: UnsafeRawBufferPointer, _ before: UInt64) -> UInt64 {
        var hash = before ^ UInt64(truncatingIfNeeded: name.count)
        var at = 0
        while at + 8 <= name.count {
            hash = (hash ^ name.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
            at += 8
        }
        while at < name.count {
            hash = (hash ^ UInt64(name[at])) &* 0x100_0000_01b3
            at += 1
        }
        return hash ^ hash >> 29
    }

    /// Whether a name is this one, in any spelling. `other` is in lower case and has no other characters than letters and `-`.
    @inline(__always)
    static func isSame(_ name: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
        guard name.count == other.utf8CodeUnitCount else { return false }
        for index in 0..<name.count where name[index] | 0x20 != other.utf8Start[index] { return false }
        return true
    }
}
