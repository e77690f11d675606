/// Reads a `Head` from a record, once: first the names, if the record has them, then the sent fields in their order.
///
/// It does not own the memory, which is the record's. `@safe` because creating one is unsafe, and it checks all lengths
/// before it uses them.
@safe public struct HeadReader {
    /// The shape's number without `Head.defines`; `Head.noShape` if it has none.
    public let shape: UInt32
    /// Whether the record has the names.
    public let definesNames: Bool
    /// How many fields the head has.
    public let count: Int
    /// How many bytes the octets of the names and fields have.
    public let octetCount: Int
    private let sent: UnsafePointer<UInt32>
    private var length: UnsafePointer<UInt32>
    private var octets: UnsafeRawPointer

    /// Reads the numbers of a head.
    ///
    /// - Parameters:
    ///   - numbers: the head's first number.
    ///   - available: how many numbers the record has from there on.
    ///   - unnamed: how many of the first fields have no name.
    /// - Returns: `nil` if the record is too short for its own numbers.
    public init?(_ numbers: UnsafePointer<UInt32>, available: Int, unnamed: Int) {
        guard available >= Head.Index.sent else { return nil }
        let word = unsafe numbers[Head.Index.shape]
        shape = word == Head.noShape ? word : word & ~Head.defines
        definesNames = word & Head.defines != 0
        count = unsafe Int(numbers[Head.Index.count])
        unsafe sent = numbers + Head.Index.sent
        let masks = Head.masks(for: count)
        guard count >= unnamed, masks <= available - Head.Index.sent else { return nil }
        var lengths = definesNames ? count - unnamed : 0
        for index in 0..<masks { unsafe lengths += sent[index].nonzeroBitCount }
        unsafe length = sent + masks
        let rest = available - Head.Index.sent - masks
        guard lengths <= rest else { return nil }
        var total = 0
        for index in 0..<lengths { unsafe total += Int(length[index]) }
        guard total <= (rest - lengths) * 4 else { return nil }
        unsafe octets = UnsafeRawPointer(length + lengths)
        octetCount = total
    }

    /// Whether a field is in the record.
    @inline(__always)
    public func isSent(_ index: Int) -> Bool { unsafe sent[index >> 5] & (1 << UInt32(index & 31)) != 0 }

    /// The octets of the next name or sent field.
    @inline(__always)
    public mutating func next() -> UnsafeRawBufferPointer {
        let count = unsafe Int(length.pointee)
        unsafe length += 1
        defer { unsafe octets += count }
        return unsafe UnsafeRawBufferPointer(start: octets, count: count)
    }
}
