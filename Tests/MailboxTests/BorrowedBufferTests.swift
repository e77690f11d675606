import Synchronization
import Testing

@testable import Mailbox

@Suite("Borrowed buffers")
struct BorrowedBufferTests {
    @Test("A borrowed body is not copied, and its object is back when the batch is cleared")
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

    @Test("A borrowed block that was taken is back when it is released, not with the batch")
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

    @Test("A batch that ends, or a mailbox that is closed, gives back the blocks that were not taken")
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

    @Test("A batch behind another takes its borrowed buffers along")
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

    @Test("The owner is woken for much that has come back, once, and not for little")
    func wakes() {
        let lender = Lender()
        let few = ReleaseQueue.wakeSize / lender.bytes.count
        func giveBack(_ count: Int) {
            for _ in 0..<count { _ = lender.borrow() }
        }
        giveBack(few - 1)
        #expect(lender.wakes == 0)
        giveBack(1)
        #expect(lender.wakes == 1)
        giveBack(few)
        #expect(lender.wakes == 1)
        #expect(lender.released().count == 2 * few)
        giveBack(few)
        #expect(lender.wakes == 2)
        #expect(lender.released().count == few)
    }
}

/// Somebody who lends one object again and again.
private final class Lender {
    let bytes = UnsafeRawBufferPointer(
        UnsafeMutableRawBufferPointer.allocate(byteCount: Batch.borrowSize, alignment: 16))
    private let count = Count()
    let queue: ReleaseQueue

    /// How often the owner was woken.
    private final class Count: Sendable {
        let value = Atomic(0)
    }

    init() {
        queue = ReleaseQueue { [count] in count.value.wrappingAdd(1, ordering: .relaxed) }
    }

    deinit { bytes.deallocate() }

    /// Stands for an object: the queue never looks behind the address.
    var object: UnsafeMutableRawPointer { UnsafeMutableRawPointer(mutating: bytes.baseAddress!) }

    var wakes: Int { count.value.load(ordering: .relaxed) }

    func borrow() -> BorrowedBuffer { BorrowedBuffer(of: object, count: bytes.count, at: queue) }

    /// What has come back.
    func released() -> [UnsafeMutableRawPointer] {
        var objects: [UnsafeMutableRawPointer] = []
        queue.release { objects.append($0) }
        return objects
    }
}
