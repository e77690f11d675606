import Mailbox

/// A batch of commands and how far it is carried out.
///
/// A class, because several may be carried out inside one another: an application that runs the loop itself.
final class CommandBatch {
    /// The batch, out of its mailbox.
    var batch = Batch()
    /// The next command's first number.
    private(set) var position = 0
    /// At the next request's text.
    var text = TextReader(UnsafeRawBufferPointer(start: nil, count: 0))
    /// Where a quarter of what was left at the last delivery of answers is done.
    private var shareEnd = 0
    private var offset = 0
    private var block = 0

    /// Takes what is in a mailbox.
    func take(from mailbox: Mailbox) -> Bool {
        guard mailbox.take(into: &batch) else { return false }
        (position, offset, block) = (0, 0, 0)
        text = TextReader(batch.text.bytes)
        beginShare()
        return true
    }

    /// Answers are delivered: the next ones may wait for a quarter of what is left, so that the transport has something to
    /// do before all is done.
    @inline(__always)
    func beginShare() { shareEnd = position + (batch.words.count - position) / 4 }

    /// Whether a quarter of what was left is done.
    @inline(__always)
    var isShareDone: Bool { position >= shareEnd }

    /// Whether no command is left.
    var isDone: Bool { position >= batch.words.count }

    /// The command that is carried out next.
    @inline(__always)
    var command: Command {
        guard let command = Command(rawValue: batch.words[position] & 0xff) else {
            preconditionFailure("command \(batch.words[position] & 0xff) is unknown")
        }
        return command
    }

    /// A number of this command.
    @inline(__always)
    subscript(index: Int) -> UInt32 { batch.words[position + index] }

    /// The command's flags.
    @inline(__always)
    var flags: UInt32 { batch.words[position] >> 8 }

    /// Goes on to the next command.
    @inline(__always)
    func advance(over command: Command) { position += command.length }

    /// The next body of this length: in the batch's small bytes, or in a block of its own. Valid while the batch is.
    @inline(__always)
    func nextBody(_ length: UInt32) -> UnsafeRawBufferPointer {
        let length = Int(length)
        guard length > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        if length >= Batch.blockSize {
            defer { block += 1 }
            return UnsafeRawBufferPointer(start: batch.blocks[block].start, count: length)
        }
        defer { offset += length }
        return UnsafeRawBufferPointer(start: batch.bytes.start + offset, count: length)
    }
}
