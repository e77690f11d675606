import Mailbox

/// A batch of commands and how far it is carried out.
///
/// A class, because several may be carried out inside one another: an application that runs the loop itself.
final class CommandBatch {
    /// The batch, out of its mailbox.
    var batch = Batch()
    /// Where the next command stands.
    private(set) var position = 0
    /// Where a quarter of what was left at the last delivery of answers is done.
    private var shareEnd = 0
    private var block = 0

    /// Takes what is in a mailbox.
    func take(from mailbox: Mailbox) -> Bool {
        guard mailbox.take(into: &batch) else { return false }
        (position, block) = (0, 0)
        beginShare()
        return true
    }

    /// Answers are delivered: the next ones may wait for a quarter of what is left, so that the client has something to
    /// do before all is done.
    @inline(__always)
    func beginShare() { shareEnd = position + (batch.records.count - position) / 4 }

    /// Whether a quarter of what was left is done.
    @inline(__always)
    var isShareDone: Bool { position >= shareEnd }

    /// Whether no command is left.
    @inline(__always)
    var isDone: Bool { position >= batch.records.count }

    /// Takes the command that stands next; `nil` where what stands there is none, and nothing after it can be read.
    @inline(__always)
    func next() -> CommandRecord? {
        let numbers = unsafe UnsafeRawPointer(batch.records.start + position).assumingMemoryBound(to: UInt32.self)
        let left = (batch.records.count - position) / 4
        guard left >= Record.Place.first, let kind = unsafe Command(rawValue: numbers[Record.Place.kind] & 0xff),
            unsafe numbers[Record.Place.size] >= kind.leastSize, unsafe numbers[Record.Place.size] <= left
        else {
            drop()
            return nil
        }
        unsafe position += Int(numbers[Record.Place.size]) * 4
        return unsafe CommandRecord(kind, RecordView(numbers))
    }

    /// Gives up what is left.
    func drop() { position = batch.records.count }

    /// The body of a record, of the length that stands at `place`: its last octets, or the next block. Valid while the
    /// batch is.
    @inline(__always)
    func body(_ place: Int, of record: CommandRecord) -> UnsafeRawBufferPointer {
        let length = record[place]
        if length != Record.inBlock { return unsafe record.view.lastOctets(Int(length)) }
        guard block < batch.blocks.count else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        defer { block += 1 }
        return unsafe UnsafeRawBufferPointer(start: batch.blocks[block].start, count: batch.blocks[block].count)
    }

    /// Takes over the memory of the record's body, which was the last one given, or copies it where it is the record's own.
    func takeBlock(_ place: Int, of record: CommandRecord, _ body: UnsafeRawBufferPointer) -> Batch.Block {
        unsafe record[place] == Record.inBlock && block > 0 ? batch.takeBlock(block - 1) : Batch.Block(copying: body)
    }
}

/// One command as it stands in its batch, whose memory it is.
struct CommandRecord {
    let kind: Command
    let view: RecordView

    @inline(__always)
    init(_ kind: Command, _ view: RecordView) {
        self.kind = kind
        self.view = view
    }

    @inline(__always)
    subscript(place: Int) -> UInt32 { view[place] }

    @inline(__always)
    var flags: Command.Flags { view.commandFlags }

    @inline(__always)
    var slot: Int { Int(view.slot) }

    /// The head of a request; `nil` where the record is too short for what it says.
    @inline(__always)
    var head: HeadReader? {
        let (numbers, available) = unsafe view.head(at: Command.Request.head)
        return unsafe HeadReader(numbers, available: available, unnamed: Command.Field.count)
    }
}

extension Command {
    /// How many numbers a record has at least.
    fileprivate var leastSize: UInt32 {
        switch self {
        case .request, .withdrawn: UInt32(Command.Request.head)
        case .disconnect, .credit: 5
        case .body, .message: 4
        case .abort: 3
        }
    }
}
