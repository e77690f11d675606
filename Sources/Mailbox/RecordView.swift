/// One record as it stands in its batch, whose memory it is.
///
/// `@safe` because to make one is unsafe: the record has to be in the batch, whole.
@safe public struct RecordView {
    private let numbers: UnsafePointer<UInt32>

    /// The record whose first number is at `numbers`; all of it is in the batch.
    @inline(__always)
    public init(_ numbers: UnsafePointer<UInt32>) { unsafe self.numbers = unsafe numbers }

    /// The number at a place of the record.
    @inline(__always)
    public subscript(place: Int) -> UInt32 { unsafe numbers[place] }

    /// How many numbers the record takes, its octets included.
    @inline(__always)
    public var size: Int { unsafe Int(numbers[Record.Place.size]) }

    /// The kind's number, a `Command` or an `Answer`.
    @inline(__always)
    public var kind: UInt32 { unsafe numbers[Record.Place.kind] & 0xff }

    /// The flags of a command.
    @inline(__always)
    public var commandFlags: Command.Flags { unsafe Command.Flags(rawValue: numbers[Record.Place.kind] >> 8) }

    /// The flags of an answer.
    @inline(__always)
    public var answerFlags: Answer.Flags { unsafe Answer.Flags(rawValue: numbers[Record.Place.kind] >> 8) }

    /// The exchange's place in its channel.
    @inline(__always)
    public var slot: UInt32 { unsafe numbers[Record.Place.slot] }

    /// A number of 64 bits whose lower half is at `place`; never a negative one.
    @inline(__always)
    public func long(_ place: Int) -> Int { unsafe Int(numbers[place]) | Int(numbers[place + 1] & 0x7fff_ffff) << 32 }

    /// The last octets, so many; none where the record is shorter.
    @inline(__always)
    public func lastOctets(_ count: Int) -> UnsafeRawBufferPointer {
        let first = size - Record.numbers(for: count)
        guard count > 0, first >= Record.Place.first else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeRawBufferPointer(start: numbers + first, count: count)
    }

    /// Where the head is whose first number is at `place`, and how many numbers the record has from there on.
    @inline(__always)
    public func head(at place: Int) -> (numbers: UnsafePointer<UInt32>, available: Int) {
        unsafe (numbers + place, size - place)
    }
}
