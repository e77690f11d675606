import Foundation
import Mailbox
import Testing

@Suite("Batch")
struct BatchTests {
    @Test("A new batch is empty, and text alone makes no record")
    func empty() {
        var batch = Batch()
        let atFirst = batch.isEmpty
        batch.text.append(65)
        let withText = batch.isEmpty
        batch.words.append(1)
        let withWords = batch.isEmpty
        #expect(atFirst && withText && !withWords)
    }

    @Test("A body below the block size is copied behind the others", arguments: [1, 7, Batch.blockSize - 1])
    func smallBody(size: Int) {
        var batch = Batch()
        let first = append([1, 2], to: &batch)
        let second = append([UInt8](repeating: 7, count: size), to: &batch)
        let (bytes, blocks) = (Array(batch.bytes.bytes), batch.blocks.count)
        #expect(!first && !second)
        #expect(blocks == 0)
        #expect(bytes == [1, 2] + [UInt8](repeating: 7, count: size))
    }

    @Test(
        "A body of the block size or more is a block of its own", arguments: [Batch.blockSize, Batch.blockSize * 5 + 1])
    func largeBody(size: Int) {
        var batch = Batch()
        let body = pattern(size)
        let isBlock = append(body, to: &batch)
        let (count, bytes) = (batch.blocks.count, batch.bytes.count)
        let block = batch.blocks[0]
        let content = Array(UnsafeRawBufferPointer(start: block.start, count: block.count))
        #expect(isBlock)
        #expect(count == 1)
        #expect(bytes == 0)
        #expect(content == body)
    }

    @Test("An empty body is nothing")
    func emptyBody() {
        var batch = Batch()
        let withoutMemory = batch.append(body: UnsafeRawBufferPointer(start: nil, count: 0))
        let withoutBytes = append([], to: &batch)
        let (bytes, blocks) = (batch.bytes.count, batch.blocks.count)
        #expect(!withoutMemory && !withoutBytes)
        #expect((bytes, blocks) == (0, 0))
    }

    @Test("A block that was taken is the taker's, and outlives the batch")
    func taken() {
        let body = pattern(Batch.blockSize)
        let block = takenBlock(body)
        let content = Array(UnsafeRawBufferPointer(start: block.start, count: block.count))
        BlockPool.give(block.start, block.count)
        #expect(content == body)
    }

    @Test("A block that was taken is not in the batch any more, the others stay")
    func takenOnce() {
        var batch = Batch()
        append(pattern(Batch.blockSize), to: &batch)
        append(pattern(Batch.blockSize + 1), to: &batch)
        let block = batch.takeBlock(0)
        BlockPool.give(block.start, block.count)
        let (first, second) = (batch.blocks[0].start, batch.blocks[1].start)
        batch.clear()
        let left = batch.blocks.count
        #expect(first == nil)
        #expect(second != nil)
        #expect(left == 0)
    }

    @Test("Blocks that nobody took are freed, as often as batches are filled")
    func freed() {
        // 1 GiB passes through: without the release this is what the process would have grown by.
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

    @Test("The records of another batch are added behind the own ones, and it is empty afterwards")
    func append() {
        var first = filled(1)
        var second = filled(2)
        first.append(&second)
        let words = (0..<first.words.count).map { first.words[$0] }
        let (text, bytes) = (Array(first.text.bytes), Array(first.bytes.bytes))
        let blocks = (0..<first.blocks.count).map { first.blocks[$0].count }
        let isEmpty = second.isEmpty
        let left = (second.text.count, second.bytes.count, second.blocks.count)
        #expect(words == [1, 2])
        #expect(text == [1, 2])
        #expect(bytes == [1, 2])
        #expect(blocks == [Batch.blockSize + 1, Batch.blockSize + 2])
        #expect(isEmpty)
        #expect(left == (0, 0, 0))
    }

    @Test("A batch that was emptied is filled again")
    func reuse() {
        var batch = filled(1)
        batch.clear()
        append([5], to: &batch)
        let (isEmpty, bytes) = (batch.isEmpty, Array(batch.bytes.bytes))
        #expect(isEmpty)
        #expect(bytes == [5])
    }

    private func takenBlock(_ body: [UInt8]) -> Batch.Block {
        var batch = Batch()
        append(body, to: &batch)
        return batch.takeBlock(0)
    }

    private func filled(_ value: UInt8) -> Batch {
        var batch = Batch()
        batch.words.append(UInt32(value))
        batch.text.append(value)
        append([value], to: &batch)
        append(pattern(Batch.blockSize + Int(value)), to: &batch)
        return batch
    }

    @discardableResult
    private func append(_ body: [UInt8], to batch: inout Batch) -> Bool {
        body.withUnsafeBytes { batch.append(body: $0) }
    }

    private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) } }

    /// Pages of this process in memory; 0 where the system does not tell.
    private func residentPages() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
