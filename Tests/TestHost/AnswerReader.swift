import Mailbox

/// Takes a batch of answers apart, as `Answer` describes them.
struct AnswerReader {
    private let text: [UInt8]
    private let bytes: [UInt8]
    private let blocks: [[UInt8]]
    private let words: [UInt32]
    private var position = 0
    private var textPosition = 0
    private var bytesPosition = 0
    private var block = 0

    /// One record.
    struct Record {
        let kind: Answer
        let flags: UInt32
        /// The numbers behind the kind.
        let numbers: [UInt32]
        var head: ArraySlice<UInt8> = []
        var body: ArraySlice<UInt8> = []
        /// A WebSocket's subprotocol.
        var subprotocol: ArraySlice<UInt8> = []

        var slot: UInt32 { numbers[0] }
        var isEnd: Bool { flags & Answer.Flag.end != 0 }
        var isFinished: Bool { flags & Answer.Flag.finished != 0 }
    }

    init(_ batch: borrowing Batch) {
        words = (0..<batch.words.count).map { batch.words[$0] }
        text = Array(batch.text.bytes)
        bytes = Array(batch.bytes.bytes)
        blocks = (0..<batch.blocks.count).map { index in
            let block = batch.blocks[index]
            return Array(UnsafeRawBufferPointer(start: block.start, count: block.count))
        }
    }

    /// The next record, or `nil` behind the last one.
    mutating func next() throws -> Record? {
        guard position < words.count else {
            guard textPosition == text.count, bytesPosition == bytes.count, block == blocks.count else {
                throw TestFailure("text or bytes are left that belong to no record")
            }
            return nil
        }
        guard let kind = Answer(rawValue: words[position] & 0xff), position + kind.length <= words.count else {
            throw TestFailure("\(words[position...]) is no record")
        }
        let numbers = Array(words[(position + 1)..<(position + kind.length)])
        var record = Record(kind: kind, flags: words[position] >> 8, numbers: numbers)
        position += kind.length
        switch kind {
        case .start:
            record.head = takeText(numbers[2])
            record.body = takeBody(numbers[3])
        case .body, .message: record.body = takeBody(numbers[1])
        case .end: record.head = takeText(numbers[1])
        case .interim: record.head = takeText(numbers[2])
        case .fail, .file: record.body = takeBytes(numbers[1])
        case .control, .event, .close: record.body = takeBytes(numbers[2])
        case .accept:
            record.head = takeText(numbers[1])
            record.subprotocol = takeText(numbers[2])
        case .finished, .room: break
        }
        return record
    }

    private mutating func takeText(_ count: UInt32) -> ArraySlice<UInt8> {
        defer { textPosition += Int(count) }
        return text[textPosition..<(textPosition + Int(count))]
    }

    private mutating func takeBytes(_ count: UInt32) -> ArraySlice<UInt8> {
        defer { bytesPosition += Int(count) }
        return bytes[bytesPosition..<(bytesPosition + Int(count))]
    }

    private mutating func takeBody(_ count: UInt32) -> ArraySlice<UInt8> {
        guard count >= Batch.blockSize else { return takeBytes(count) }
        defer { block += 1 }
        return blocks[block][...]
    }
}

/// Something that a test cannot go on after.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
