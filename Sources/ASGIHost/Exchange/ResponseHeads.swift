import Mailbox
import PythonAPI

/// Encodes the heads of responses for a channel's client: see `Head`.
///
/// A head is read first, without any effect, and written after its exchange has validated it.
struct ResponseHeads: ~Copyable {
    /// The properties of a head that its validation needs.
    struct Summary {
        /// The declared length of the body; `nil` without one.
        var contentLength: Int?
        /// Whether the length is ambiguous: it is not a number, or was declared twice with different values.
        var isLengthUnclear = false
    }

    private let text = HeaderText()
    private var shapes = SentShapes()

    // The head that was read, in the memory of Python's objects, which live as long as the application's list. Then its
    // shape's number if it is known, and the fields to write.
    private var names = RawBuffer<Octets>(capacity: 32)
    private var values = RawBuffer<Octets>(capacity: 32)
    private var hash = SentShapes.noNames
    private var known: Int?
    private var masks = RawBuffer<UInt32>(capacity: 4)
    private var lengths = RawBuffer<UInt32>(capacity: 64)
    private var octets = RawBuffer<UInt8>(capacity: 1024)

    // MARK: - Reading

    /// Prepares for reading another head.
    @inline(__always)
    mutating func begin() {
        names.shrink(to: 0)
        values.shrink(to: 0)
        hash = SentShapes.noNames
    }

    /// Adds a header. `transfer-encoding` is left out, because the client decides about framing.
    @inline(__always)
    mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to summary: inout Summary) {
        if name.count == 14, unsafe ResponseHeads.isSame(name, "content-length") {
            let number = unsafe ContentLength.number(value)
            if number == nil || (summary.contentLength ?? number) != number { summary.isLengthUnclear = true }
            summary.contentLength = number
        } else if name.count == 17, unsafe ResponseHeads.isSame(name, "transfer-encoding") {
            return
        }
        unsafe names.append(Octets(bytes: name))
        unsafe values.append(Octets(bytes: value))
        hash = unsafe SentShapes.hash(name, after: hash)
    }

    /// Compares the head with its shape, to find the fields that must be written.
    ///
    /// - Throws: the problem with a header; `write` must not be called then.
    @inline(__always)
    mutating func finish() throws(HeaderProblem) {
        masks.shrink(to: 0)
        lengths.shrink(to: 0)
        octets.shrink(to: 0)
        known = names.count <= Head.maxHeaders ? shapes.find(hash, names) : nil
        if known == nil { try readNames() }
        let shape = known.map { shapes[$0] }
        for _ in 0..<Head.masks(for: names.count) { masks.append(0) }
        for index in 0..<names.count {
            let value = unsafe values[index].bytes
            if let shape, unsafe shape.isLast(value, index) { continue }
            masks[index >> 5] |= 1 << UInt32(index & 31)
            lengths.append(UInt32(truncatingIfNeeded: value.count))
            guard unsafe text.copyValue(value, to: octets.extend(by: value.count)) else {
                throw unsafe .value(String(decoding: names[index].bytes, as: UTF8.self))
            }
        }
    }

    private mutating func readNames() throws(HeaderProblem) {
        for index in 0..<names.count {
            let name = unsafe names[index].bytes
            lengths.append(UInt32(truncatingIfNeeded: name.count))
            guard unsafe text.copyName(name, to: octets.extend(by: name.count)) else {
                throw unsafe .name(String(decoding: name, as: UTF8.self))
            }
        }
    }

    /// Whether the head has a header with this name.
    func has(_ name: StaticString) -> Bool {
        for index in 0..<names.count where unsafe ResponseHeads.isSame(names[index].bytes, name) { return true }
        return false
    }

    /// Copies of the headers that were read, with names in lower case.
    func copies() -> [(name: [UInt8], value: [UInt8])] {
        (0..<names.count).map { index in
            let name = unsafe names[index].bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
            return unsafe (name, Array(values[index].bytes))
        }
    }

    // MARK: - Writing

    /// Adds the head to the record that is being written: its numbers and its octets.
    @inline(__always)
    mutating func write(to batch: inout Batch) {
        if let known {
            batch.append(number: UInt32(known))
            keep(in: shapes[known])
        } else if names.count > Head.maxHeaders {
            batch.append(number: Head.noShape)
        } else {
            batch.append(number: UInt32(define()) | Head.defines)
        }
        batch.append(number: UInt32(names.count))
        for index in 0..<masks.count { batch.append(number: masks[index]) }
        for index in 0..<lengths.count { batch.append(number: lengths[index]) }
        unsafe batch.append(octets: octets.bytes)
    }

    private func keep(in shape: SentShape) {
        for index in 0..<names.count where masks[index >> 5] & (1 << UInt32(index & 31)) != 0 {
            unsafe shape.keep(values[index].bytes, index)
        }
    }

    /// Assigns a number to the head's shape.
    private mutating func define() -> Int {
        let number = shapes.define(hash, names, fields: names.count)
        keep(in: shapes[number])
        return number
    }

    /// Whether a name equals another one, ignoring case. `other` is in lower case and consists of letters and `-`.
    @inline(__always)
    static func isSame(_ name: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
        guard name.count == other.utf8CodeUnitCount else { return false }
        for index in 0..<name.count where unsafe name[index] | 0x20 != other.utf8Start[index] { return false }
        return true
    }
}
