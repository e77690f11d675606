import Mailbox

/// One answer as it stands in its batch, whose memory it is.
struct AnswerRecord {
    let kind: Answer
    private let numbers: UnsafePointer<UInt32>

    init(_ numbers: UnsafePointer<UInt32>) {
        self.numbers = numbers
        // The host writes no other kinds.
        kind = Answer(rawValue: numbers[Record.Place.kind] & 0xff) ?? .finished
    }

    var size: Int { Int(numbers[Record.Place.size]) }

    var flags: UInt32 { numbers[Record.Place.kind] >> 8 }

    var slot: UInt32 { numbers[Record.Place.slot] }

    /// The first number of the kind's own: a status, or a code.
    var number: UInt32 { numbers[Record.Place.first] }

    /// A number of 64 bits in the first two of the kind's own.
    var long: Int { Int(numbers[Record.Place.first]) | Int(numbers[Record.Place.first + 1]) << 32 }

    /// Whether the response is complete with it.
    var isEnd: Bool { kind == .end || flags & Answer.Flag.end != 0 }

    /// The length of its body, or `Record.inBlock`.
    var bodyLength: UInt32 {
        switch kind {
        case .start: numbers[Answer.Start.bodyLength]
        case .body, .fail, .file, .message, .accept: numbers[Record.Place.first]
        case .close, .control, .event: numbers[Record.Place.first + 1]
        case .end, .finished, .room, .interim: 0
        }
    }

    /// Where its head begins; `nil` without one.
    var headPlace: Int? {
        switch kind {
        case .start: Answer.Start.head
        case .end: Record.Place.first
        case .interim, .accept: Record.Place.first + 1
        default: nil
        }
    }

    /// The last octets, so many.
    func lastOctets(_ count: Int) -> UnsafeRawBufferPointer {
        guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: numbers + size - Record.numbers(for: count), count: count)
    }
}
