/// Reads a head out of a record: see `Head`.
///
/// Made for one pass: names first, where they come along, then the fields that are sent, in their order. The memory is the
/// record's.
/// `@safe` because to make one is unsafe, and it looks at its numbers before it goes by them.
@safe public struct HeadReader {
    /// The shape's number, without `Head.defines`; `Head.noShape` for none.
    public let shape: UInt32
    /// Whether the names come along.
    public let definesNames: Bool
    /// How many fields there are.
    public let count: Int
    /// Bytes of the head's octets.
    public let octetCount: Int
    private let sent: UnsafePointer<UInt32>
    private var length: UnsafePointer<UInt32>
    private var octets: UnsafeRawPointer

    /// The head whose first number is at `numbers`, in a record that ends `available` numbers later.
    ///
    /// - Parameter unnamed: how many of the first fields have no name.
    /// - Returns: `nil` where the record is too short for what it says.
    public init?(_ numbers: UnsafePointer<UInt32>, available: Int, unnamed: Int) {
        guard available >= Head.Place.sent else { return nil }
        let word = unsafe numbers[Head.Place.shape]
        shape = word == Head.noShape ? word : word & ~Head.defines
        definesNames = word & Head.defines != 0
        count = unsafe Int(numbers[Head.Place.count])
        unsafe sent = numbers + Head.Place.sent
        let masks = Head.masks(for: count)
        guard count >= unnamed, masks <= available - Head.Place.sent else { return nil }
        var lengths = definesNames ? count - unnamed : 0
        for index in 0..<masks { unsafe lengths += sent[index].nonzeroBitCount }
        unsafe length = sent + masks
        let rest = available - Head.Place.sent - masks
        guard lengths <= rest else { return nil }
        var total = 0
        for index in 0..<lengths { unsafe total += Int(length[index]) }
        guard total <= (rest - lengths) * 4 else { return nil }
        unsafe octets = UnsafeRawPointer(length + lengths)
        octetCount = total
    }

    /// Whether a field is sent.
    @inline(__always)
    public func isSent(_ index: Int) -> Bool { unsafe sent[index >> 5] & (1 << UInt32(index & 31)) != 0 }

    /// The next name, or the next field that is sent.
    @inline(__always)
    public mutating func next() -> UnsafeRawBufferPointer {
        let count = unsafe Int(length.pointee)
        unsafe length += 1
        defer { unsafe octets += count }
        return unsafe UnsafeRawBufferPointer(start: octets, count: count)
    }
}
