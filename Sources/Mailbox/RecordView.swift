/// One record in the memory of its batch.
///
/// `@safe` because creating one is unsafe: the record must be in the batch as a whole.
@safe public struct RecordView {
    private let numbers: UnsafePointer<UInt32>

    /// A view of the record that begins at an address, all of which is in the batch.
    @inline(__always)
    public init(_ numbers: UnsafePointer<UInt32>) { unsafe self.numbers = unsafe numbers }

    /// The number at an index of the record.
    @inline(__always)
    public subscript(index: Int) -> UInt32 { unsafe numbers[index] }

    /// How many 32-bit numbers the record takes, its octets included.
    @inline(__always)
    public var size: Int { unsafe Int(numbers[Record.Index.size]) }

    /// The raw value of the `Command` or `Answer`.
    @inline(__always)
    public var kind: UInt32 { unsafe numbers[Record.Index.kind] & 0xff }

    /// The flags of a command.
    @inline(__always)
    public var commandFlags: Command.Flags { unsafe Command.Flags(rawValue: numbers[Record.Index.kind] >> 8) }

    /// The flags of an answer.
    @inline(__always)
    public var answerFlags: Answer.Flags { unsafe Answer.Flags(rawValue: numbers[Record.Index.kind] >> 8) }

    /// The exchange's slot.
    @inline(__always)
    public var slot: UInt32 { unsafe numbers[Record.Index.slot] }

    /// A 64-bit number, never negative.
    ///
    /// - Parameter index: the index of its lower half.
    @inline(__always)
    public func long(_ index: Int) -> Int { unsafe Int(numbers[index]) | Int(numbers[index + 1] & 0x7fff_ffff) << 32 }

    /// The octets at the record's end; empty if the record is too short.
    ///
    /// - Parameter count: how many.
    @inline(__always)
    public func lastOctets(_ count: Int) -> UnsafeRawBufferPointer {
        let first = size - Record.numbers(for: count)
        guard count > 0, first >= Record.Index.first else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeRawBufferPointer(start: numbers + first, count: count)
    }

    /// A head in the record, for `HeadReader`.
    ///
    /// - Parameter index: the index of the head's first number.
    /// - Returns: its address, and how many numbers the record has from there on.
    @inline(__always)
    public func head(at index: Int) -> (numbers: UnsafePointer<UInt32>, available: Int) {
        unsafe (numbers + index, size - index)
    }
}
