import Foundation
import Mailbox
import Testing

@Suite("Batch")
struct BatchTests {
    @Test("A new batch is empty, and one with a record is not")
    func empty() {
        var batch = Batch()
        let atFirst = batch.isEmpty
        batch.finish(batch.begin(Command.request, slot: 0))
        let withRecord = batch.isEmpty
        #expect(atFirst && !withRecord)
    }

    @Test("A record has its size, kind, flags, slot and content, padded to whole numbers")
    func record() {
        var batch = Batch()
        batch.finish(batch.begin(Command.withdrawn, [.text, .slowConsumer], slot: 9))
        let place = batch.begin(Answer.start, Answer.Flags(rawValue: 1 << 23), slot: .max)
        batch.append(number: 5)
        batch.append(long: 1 << 32 | 6)
        ([1, 2, 3, 4, 5] as [UInt8]).withUnsafeBytes { batch.append(octets: $0) }
        batch.finish(place)
        batch.setNumber(3, at: place, batch.number(3, at: place) + 1)
        #expect(place == 12)
        #expect(numbers(batch).prefix(9) == [3, 7 | 3 << 8, 9, 8, 1 | 1 << 31, .max, 6, 6, 1])
        #expect(batch.records.bytes.suffix(8).elementsEqual([1, 2, 3, 4, 5, 0, 0, 0]))
    }

    @Test("A smaller body is its record's last octets", arguments: [0, 1, 7, Batch.blockSize - 1])
    func smallBody(size: Int) {
        var batch = Batch()
        let body = pattern(size)
        append(body, to: &batch)
        let (length, blocks) = (batch.number(3, at: 0), batch.blocks.count)
        let octets = Array(batch.records.bytes.dropFirst(16))
        #expect(length == UInt32(size))
        #expect(blocks == 0)
        #expect(octets == body + Array(repeating: 0, count: (4 - size % 4) % 4))
        #expect(batch.number(0, at: 0) == UInt32(4 + octets.count / 4))
    }

    @Test(
        "A body of the block size or more has its own block", arguments: [Batch.blockSize, Batch.blockSize * 5 + 1])
    func largeBody(size: Int) {
        var batch = Batch()
        let body = pattern(size)
        append(body, to: &batch)
        let count = batch.blocks.count
        let block = batch.blocks[0]
        let content = Array(UnsafeRawBufferPointer(start: block.start, count: block.count))
        #expect(numbers(batch) == [4, 2, 0, Record.inBlock])
        #expect(count == 1)
        #expect(content == body)
    }

    @Test("A block without memory is empty")
    func emptyBlock() {
        var batch = Batch()
        batch.append(block: UnsafeRawBufferPointer(start: nil, count: 0))
        let (count, start) = (batch.blocks[0].count, batch.blocks[0].start)
        #expect(count == 0 && start == nil)
    }

    @Test("A block that was taken outlives the batch and belongs to the new owner")
    func taken() {
        let body = pattern(Batch.blockSize)
        let block = takenBlock(body)
        let content = Array(UnsafeRawBufferPointer(start: block.start, count: block.count))
        BlockPool.release(block.start, block.count)
        #expect(content == body)
    }

    @Test("A block that was taken is no longer in the batch, and the others stay")
    func takenOnce() {
        var batch = Batch()
        append(pattern(Batch.blockSize), to: &batch)
        append(pattern(Batch.blockSize + 1), to: &batch)
        let block = batch.takeBlock(0)
        BlockPool.release(block.start, block.count)
        let (first, second) = (batch.blocks[0].start, batch.blocks[1].start)
        batch.clear()
        let left = batch.blocks.count
        #expect(first == nil)
        #expect(second != nil)
        #expect(left == 0)
    }

    @Test("Blocks that were not taken are freed, however often batches are filled")
    func freed() {
        // 1 GiB in total, by which the process would grow if the blocks were not freed.
        let body = [UInt8](repeating: 1, count: 1 << 20)
        let before = residentPages()
        for round in 0..<1024 {
            var batch = Batch()
            append(body, to: &batch)
            if round.isMultiple(of: 2) { batch.clear() }
        }
        let pages = (256 << 20) / Int(getpagesize())
        #expect(residentPages() - before < pages)
    }

    @Test("Appending moves the records of another batch to the end, and leaves it empty")
    func append() {
        var first = filled(.request)
        var second = filled(.body)
        first.append(&second)
        let numbers = numbers(first)
        let blocks = (0..<first.blocks.count).map { first.blocks[$0].count }
        let isEmpty = second.isEmpty
        let left = (second.records.count, second.blocks.count)
        #expect(numbers == [3, 1, 0, 4, 2, 0, Record.inBlock, 3, 2, 0, 4, 2, 0, Record.inBlock])
        #expect(blocks == [Batch.blockSize + 1, Batch.blockSize + 2])
        #expect(isEmpty)
        #expect(left == (0, 0))
    }

    @Test("A batch can be filled again after it was emptied")
    func reuse() {
        var batch = filled(.request)
        batch.clear()
        let isEmpty = batch.isEmpty
        batch.finish(batch.begin(Command.message, slot: 6))
        let (numbers, blocks) = (numbers(batch), batch.blocks.count)
        #expect(isEmpty)
        #expect(numbers == [3, 5, 6])
        #expect(blocks == 0)
    }

    private func takenBlock(_ body: [UInt8]) -> Batch.Block {
        var batch = Batch()
        append(body, to: &batch)
        return batch.takeBlock(0)
    }

    /// A record without a body, and one with a body that depends on it.
    private func filled(_ command: Command) -> Batch {
        var batch = Batch()
        batch.finish(batch.begin(command, slot: 0))
        append(pattern(Batch.blockSize + Int(command.rawValue)), to: &batch)
        return batch
    }

    /// Adds a record with a body.
    private func append(_ body: [UInt8], to batch: inout Batch) {
        let place = batch.begin(Command.body, slot: 0)
        batch.append(number: 0)
        body.withUnsafeBytes { batch.finish(place, body: $0, lengthAt: Record.Index.first) }
    }

    private func numbers(_ batch: borrowing Batch) -> [UInt32] {
        (0..<(batch.records.count / 4)).map { batch.number($0, at: 0) }
    }

    private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) } }

    /// The resident pages of this process; 0 if the system does not report them.
    private func residentPages() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
