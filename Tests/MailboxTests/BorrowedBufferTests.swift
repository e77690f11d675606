import Synchronization
import Testing

@testable import Mailbox

@Suite("Borrowed buffers")
struct BorrowedBufferTests {
    @Test("A borrowed body is not copied, and its object is released when the batch is cleared")
    func lends() {
        let lender = Lender()
        var batch = Batch()
        batch.append(borrowed: lender.bytes, from: lender.borrow())
        let (start, count) = (batch.blocks[0].start, batch.blocks[0].count)
        #expect(UnsafeRawPointer(start) == lender.bytes.baseAddress)
        #expect(count == lender.bytes.count)
        #expect(lender.released().isEmpty)
        #expect(lender.queue.live == 1)
        batch.clear()
        #expect(lender.released() == [lender.object])
        #expect(lender.queue.live == 0)
        #expect(lender.released().isEmpty)
    }

    @Test("A borrowed block that was taken is released by its new owner, not with the batch")
    func taken() {
        let lender = Lender()
        var batch = Batch()
        batch.append(borrowed: lender.bytes, from: lender.borrow())
        let block = batch.takeBlock(0)
        batch.clear()
        #expect(lender.released().isEmpty)
        BorrowedBuffer.release(block.borrowed!)
        #expect(lender.released() == [lender.object])
    }

    @Test("A batch that ends, and a mailbox that is closed, release the blocks that were not taken")
    func dropped() {
        let lender = Lender()
        do {
            var batch = Batch()
            batch.append(borrowed: lender.bytes, from: lender.borrow())
        }
        let mailbox = Mailbox()
        var batch = Batch()
        batch.append(number: 1)
        batch.append(borrowed: lender.bytes, from: lender.borrow())
        _ = mailbox.deliver(&batch)
        #expect(lender.queue.live == 2)
        mailbox.close()
        #expect(lender.released() == [lender.object, lender.object])
        #expect(lender.queue.live == 0)
    }

    @Test("A batch that is appended moves its borrowed buffers")
    func moved() {
        let lender = Lender()
        var first = Batch()
        var second = Batch()
        second.append(borrowed: lender.bytes, from: lender.borrow())
        first.append(&second)
        second.clear()
        #expect(lender.released().isEmpty)
        first.clear()
        #expect(lender.released() == [lender.object])
    }

    @Test("The owner is woken once for many released bytes, and not for few")
    func wakes() {
        let lender = Lender()
        let few = ReleaseQueue.wakeSize / lender.bytes.count
        func release(_ count: Int) {
            for _ in 0..<count { _ = lender.borrow() }
        }
        release(few - 1)
        #expect(lender.wakes == 0)
        release(1)
        #expect(lender.wakes == 1)
        release(few)
        #expect(lender.wakes == 1)
        #expect(lender.released().count == 2 * few)
        release(few)
        #expect(lender.wakes == 2)
        #expect(lender.released().count == few)
    }
}

/// Lends one object repeatedly.
private final class Lender {
    let bytes = UnsafeRawBufferPointer(
        UnsafeMutableRawBufferPointer.allocate(byteCount: Batch.borrowSize, alignment: 16))
    private let count = Count()
    let queue: ReleaseQueue

    /// Counts the wake-ups of the owner.
    private final class Count: Sendable {
        let value = Atomic(0)
    }

    init() {
        queue = ReleaseQueue { [count] in count.value.wrappingAdd(1, ordering: .relaxed) }
    }

    deinit { bytes.deallocate() }

    /// Represents an object: the queue never reads its memory.
    var object: UnsafeMutableRawPointer { UnsafeMutableRawPointer(mutating: bytes.baseAddress!) }

    var wakes: Int { count.value.load(ordering: .relaxed) }

    func borrow() -> BorrowedBuffer { BorrowedBuffer(of: object, count: bytes.count, at: queue) }

    /// The objects that were released.
    func released() -> [UnsafeMutableRawPointer] {
        var objects: [UnsafeMutableRawPointer] = []
        queue.release { objects.append($0) }
        return objects
    }
}
