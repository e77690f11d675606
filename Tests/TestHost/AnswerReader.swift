import Mailbox

/// Decodes a batch of answers: see `Answer`.
struct AnswerReader {
    private let words: [UInt32]
    private let blocks: [[UInt8]]
    private var position = 0
    private var block = 0

    /// One record.
    struct Answered {
        let kind: Answer
        let flags: Answer.Flags
        /// The slot, and the numbers after it, including the octets.
        let numbers: [UInt32]
        var head: [Response.Header] = []
        var body: [UInt8] = []

        var slot: UInt32 { numbers[0] }
        var isEnd: Bool { flags.contains(.end) }
        var isFinished: Bool { flags.contains(.finished) }
        /// A number of 64 bits.
        var long: Int { Int(numbers[1]) | Int(numbers[2]) << 32 }
    }

    init(_ batch: borrowing Batch) throws {
        guard batch.records.count.isMultiple(of: 4) else { throw TestFailure("a record has no whole number") }
        let numbers = UnsafeRawBufferPointer(start: batch.records.start, count: batch.records.count)
        words = Array(numbers.bindMemory(to: UInt32.self))
        blocks = (0..<batch.blocks.count).map { index in
            let block = batch.blocks[index]
            return Array(UnsafeRawBufferPointer(start: block.start, count: block.count))
        }
    }

    /// The next record; `nil` after the last one.
    ///
    /// - Parameter heads: the decoder of the batch's channel.
    mutating func next(_ heads: inout ResponseHeadReader) throws -> Answered? {
        guard position < words.count else {
            guard block == blocks.count else { throw TestFailure("blocks are left that belong to no record") }
            return nil
        }
        let left = words[position...]
        guard left.count >= Record.Index.first, let kind = Answer(rawValue: left[position + 1] & 0xff),
            left[position] >= Record.Index.first, left[position] <= left.count
        else { throw TestFailure("\(left) is no record") }
        let numbers = Array(left.dropFirst(2).prefix(Int(left[position]) - 2))
        var record = Answered(kind: kind, flags: Answer.Flags(rawValue: left[position + 1] >> 8), numbers: numbers)
        position += Int(left[position])
        switch kind {
        case .start:
            record.head = try head(numbers, at: Answer.Start.head, &heads)
            record.body = try takeBody(numbers, lengthAt: Answer.Start.bodyLength)
        case .body, .message, .fail, .file: record.body = try takeBody(numbers, lengthAt: 3)
        case .end: record.head = try head(numbers, at: 3, &heads)
        case .interim: record.head = try head(numbers, at: 4, &heads)
        case .control, .notice, .close: record.body = try takeBody(numbers, lengthAt: 4)
        case .accept:
            record.head = try head(numbers, at: 4, &heads)
            record.body = try takeBody(numbers, lengthAt: 3)
        case .finished, .credit: break
        }
        return record
    }

    /// - Parameter place: the index in the record without its first two numbers.
    private func head(
        _ numbers: [UInt32], at place: Int, _ heads: inout ResponseHeadReader
    ) throws -> [Response.Header] {
        let first = place - 2
        let head = numbers.withUnsafeBufferPointer { numbers in
            heads.read(numbers.baseAddress! + first, available: numbers.count - first)
        }
        guard let head else { throw TestFailure("\(numbers) has no head that can be read") }
        return (0..<head.count).map {
            Response.Header(Response.latin1(head.name($0)), Response.latin1(head.value($0)))
        }
    }

    private mutating func takeBody(_ numbers: [UInt32], lengthAt place: Int) throws -> [UInt8] {
        let length = numbers[place - 2]
        if length == Record.inBlock {
            guard block < blocks.count else { throw TestFailure("a block is missing") }
            defer { block += 1 }
            return blocks[block]
        }
        let octets = numbers.suffix(Record.numbers(for: Int(length)))
        guard octets.count * 4 >= length else { throw TestFailure("\(numbers) is too short for its body") }
        return octets.withUnsafeBytes { Array($0.prefix(Int(length))) }
    }
}

/// An error that ends a test.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
