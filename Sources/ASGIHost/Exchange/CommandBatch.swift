import Mailbox

/// A batch of commands, and the position of the next one.
///
/// A class, because batches may be executed inside one another if an application runs the loop itself.
final class CommandBatch {
    /// The batch from the mailbox.
    var batch = Batch()
    /// The index of the next command.
    private(set) var position = 0
    /// The index at which a quarter of the commands that remained at the last delivery is done.
    private var shareEnd = 0
    private var block = 0

    /// Moves a mailbox's batch here.
    ///
    /// - Returns: `false` if the mailbox is empty.
    func take(from mailbox: Mailbox) -> Bool {
        guard mailbox.take(into: &batch) else { return false }
        (position, block) = (0, 0)
        beginShare()
        return true
    }

    /// Called when answers are delivered. The next delivery may come after a quarter of the remaining commands, so that
    /// the client can work before all of them are done.
    @inline(__always)
    func beginShare() { shareEnd = position + (batch.records.count - position) / 4 }

    /// Whether a quarter of the remaining commands is done.
    @inline(__always)
    var isShareDone: Bool { position >= shareEnd }

    /// Whether no command is left.
    @inline(__always)
    var isDone: Bool { position >= batch.records.count }

    /// The next command; `nil` if the record is invalid, so that nothing after it can be read.
    @inline(__always)
    func next() -> CommandRecord? {
        let numbers = unsafe UnsafeRawPointer(batch.records.start + position).assumingMemoryBound(to: UInt32.self)
        let left = (batch.records.count - position) / 4
        guard left >= Record.Index.first, let kind = unsafe Command(rawValue: numbers[Record.Index.kind] & 0xff),
            unsafe numbers[Record.Index.size] >= kind.minSize, unsafe numbers[Record.Index.size] <= left
        else {
            drop()
            return nil
        }
        unsafe position += Int(numbers[Record.Index.size]) * 4
        return unsafe CommandRecord(kind, RecordView(numbers))
    }

    /// Drops the remaining commands.
    func drop() { position = batch.records.count }

    /// The body of a record whose length is the number at an index: its last octets, or the next block. Valid as long as
    /// the batch.
    @inline(__always)
    func body(_ index: Int, of record: CommandRecord) -> UnsafeRawBufferPointer {
        let length = record[index]
        if length != Record.inBlock { return unsafe record.view.lastOctets(Int(length)) }
        guard block < batch.blocks.count else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        defer { block += 1 }
        return unsafe UnsafeRawBufferPointer(start: batch.blocks[block].start, count: batch.blocks[block].count)
    }

    /// Takes ownership of the block of the last body that `body` returned, or copies a body within its record.
    func takeBlock(_ index: Int, of record: CommandRecord, _ body: UnsafeRawBufferPointer) -> Batch.Block {
        unsafe record[index] == Record.inBlock && block > 0 ? batch.takeBlock(block - 1) : Batch.Block(copying: body)
    }
}

/// One command in the memory of its batch.
struct CommandRecord {
    let kind: Command
    let view: RecordView

    @inline(__always)
    init(_ kind: Command, _ view: RecordView) {
        self.kind = kind
        self.view = view
    }

    @inline(__always)
    subscript(index: Int) -> UInt32 { view[index] }

    @inline(__always)
    var flags: Command.Flags { view.commandFlags }

    @inline(__always)
    var slot: Int { Int(view.slot) }

    /// The head of a request; `nil` if the record is too short for it.
    @inline(__always)
    var head: HeadReader? {
        let (numbers, available) = unsafe view.head(at: Command.Request.head)
        return unsafe HeadReader(numbers, available: available, unnamed: Command.Field.count)
    }
}

extension Command {
    /// The smallest size of a record of this kind.
    fileprivate var minSize: UInt32 {
        switch self {
        case .request, .withdrawn: UInt32(Command.Request.head)
        case .webSocketDisconnect, .credit: 5
        case .body, .message: 4
        case .disconnect: 3
        }
    }
}
