/// Writes the heads of requests into a channel's records, and leaves out what the host knows from earlier heads: see
/// `Head`.
///
/// A channel has one writer, used on one thread. It must write all heads of the channel, and they must be submitted in
/// the order in which they were written, because the host remembers the same heads. To cancel a head that was written,
/// send it as `Command.withdrawn`. It allocates memory only for new shapes.
///
///     heads.begin()
///     heads.set(Command.Field.method, method)
///     heads.set(Command.Field.target, target)
///     heads.add(name: name, value: value)
///     heads.write(to: &batch)
public struct RequestHeadWriter: ~Copyable {
    private var shapes = SentShapes()
    private var names = RawBuffer<Octets>(capacity: 32)
    /// The fields without a name, then the headers' values.
    private var fields = RawBuffer<Octets>(capacity: 64)
    private var hash: UInt64 = SentShapes.noNames

    /// A writer for a channel that has not sent a head yet.
    public init() {}

    /// Begins a head with empty fields and no headers.
    @inline(__always)
    public mutating func begin() {
        names.shrink(to: 0)
        fields.shrink(to: 0)
        hash = SentShapes.noNames
        for _ in 0..<Command.Field.count {
            unsafe fields.append(Octets(bytes: UnsafeRawBufferPointer(start: nil, count: 0)))
        }
    }

    /// Sets a field that has no name.
    ///
    /// - Parameters:
    ///   - field: one of `Command.Field`.
    ///   - octets: less than 4 GiB; must stay valid and unchanged until `write`.
    @inline(__always)
    public mutating func set(_ field: Int, _ octets: UnsafeRawBufferPointer) {
        fields[field] = unsafe Octets(bytes: octets)
    }

    /// Adds a header.
    ///
    /// - Parameters:
    ///   - name: in any spelling; less than 4 GiB; must stay valid and unchanged until `write`.
    ///   - value: likewise.
    @inline(__always)
    public mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        unsafe names.append(Octets(bytes: name))
        unsafe fields.append(Octets(bytes: value))
        hash = unsafe SentShapes.hash(name, after: hash)
    }

    /// Replaces the value of a header that was added.
    ///
    /// - Parameter header: its index among the headers.
    public mutating func replace(_ header: Int, value: UnsafeRawBufferPointer) {
        fields[Command.Field.count + header] = unsafe Octets(bytes: value)
    }

    /// Adds the head's numbers and octets to the record being written.
    ///
    /// They are not validated here: the host fails a request whose head has a name or value that HTTP forbids.
    public mutating func write(to batch: inout Batch) {
        let known = names.count <= Head.maxHeaders ? shapes.find(hash, names) : nil
        let number = known ?? (names.count <= Head.maxHeaders ? shapes.define(hash, names, fields: fields.count) : nil)
        let shape = number.map { shapes[$0] }
        batch.append(number: number.map { UInt32($0) | (known == nil ? Head.defines : 0) } ?? Head.noShape)
        batch.append(number: UInt32(fields.count))
        let masks = batch.records.count
        for _ in 0..<Head.masks(for: fields.count) { batch.append(number: 0) }
        if known == nil {
            for index in 0..<names.count { unsafe batch.append(number: UInt32(names[index].bytes.count)) }
        }
        for index in 0..<fields.count {
            let field = unsafe fields[index].bytes
            if known != nil, let shape, unsafe shape.isLast(field, index) { continue }
            unsafe shape?.keep(field, index)
            let bit: UInt32 = 1 << UInt32(index & 31)
            batch.setNumber(index >> 5, at: masks, batch.number(index >> 5, at: masks) | bit)
            batch.append(number: UInt32(truncatingIfNeeded: field.count))
        }
        if known == nil {
            for index in 0..<names.count { unsafe batch.append(octets: names[index].bytes) }
        }
        for index in 0..<fields.count where batch.number(index >> 5, at: masks) & 1 << UInt32(index & 31) != 0 {
            unsafe batch.append(octets: fields[index].bytes)
        }
    }
}
