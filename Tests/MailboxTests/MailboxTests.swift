import Foundation
import Mailbox
import Testing

@Suite("Mailbox")
struct MailboxTests {
    @Test("A mailbox without a delivery is empty")
    func nothing() {
        let mailbox = Mailbox()
        var batch = Batch()
        let isTaken = mailbox.take(into: &batch)
        let isEmpty = batch.isEmpty
        #expect(!isTaken)
        #expect(isEmpty)
    }

    @Test("The first delivery requests a wake-up, later ones do not until the mailbox was emptied")
    func wakeUps() {
        let mailbox = Mailbox()
        #expect(deliver([1], to: mailbox) == .first)
        #expect(deliver([2], to: mailbox) == .appended)
        #expect(deliver([3, 4], to: mailbox) == .appended)
        #expect(take(from: mailbox) == [1, 2, 3, 4])
        #expect(deliver([5], to: mailbox) == .first)
        #expect(take(from: mailbox) == [5])
        #expect(take(from: mailbox) == nil)
    }

    @Test("While the receiver is awake no delivery requests a wake-up; when it stops watching the next one does")
    func watched() {
        let mailbox = Mailbox()
        mailbox.watch()
        #expect(deliver([1], to: mailbox) == .appended)
        #expect(take(from: mailbox) == [1])
        #expect(deliver([2], to: mailbox) == .appended)
        #expect(take(from: mailbox) == [2])
        #expect(!mailbox.unwatch())
        #expect(deliver([3], to: mailbox) == .first)
    }

    @Test("A receiver that stops watching learns of a delivery that it has missed, and is not woken for it")
    func lastLook() {
        let mailbox = Mailbox()
        mailbox.watch()
        #expect(deliver([1], to: mailbox) == .appended)
        #expect(mailbox.unwatch())
        #expect(deliver([2], to: mailbox) == .appended)
        #expect(take(from: mailbox) == [1, 2])
        #expect(deliver([3], to: mailbox) == .first)
    }

    @Test("A batch is empty after its delivery and can be filled again", arguments: [1, 2, 3])
    func emptied(rounds: Int) {
        let mailbox = Mailbox()
        var batch = Batch()
        for round in 1...rounds {
            batch.append(number: UInt32(round))
            _ = mailbox.deliver(&batch)
            let isEmpty = batch.isEmpty
            #expect(isEmpty)
        }
        #expect(take(from: mailbox) == (1...rounds).map(UInt32.init))
    }

    @Test("Large bodies arrive with their records")
    func blocks() {
        let mailbox = Mailbox()
        for value in 1...3 as ClosedRange<UInt8> {
            var batch = Batch()
            batch.append(number: UInt32(value))
            let body = [UInt8](repeating: value, count: Batch.blockSize)
            body.withUnsafeBytes { batch.append(block: $0) }
            _ = mailbox.deliver(&batch)
        }
        var taken = Batch()
        _ = mailbox.take(into: &taken)
        let firstBytes = (0..<taken.blocks.count).map { index in
            let block = taken.blocks[index]
            return UnsafeRawBufferPointer(start: block.start, count: block.count)[0]
        }
        #expect(firstBytes == [1, 2, 3])
    }

    @Test("A closed mailbox refuses deliveries and does not change the batch")
    func closed() {
        let mailbox = Mailbox()
        mailbox.close()
        var batch = Batch()
        batch.append(number: 1)
        guard case .closed = mailbox.deliver(&batch) else {
            Issue.record("the delivery was taken")
            return
        }
        let left = batch.records.count
        #expect(left == 4)
    }

    @Test("Closing drops the content of the mailbox, and may be repeated")
    func closingDrops() {
        let mailbox = Mailbox()
        _ = deliver([1], to: mailbox)
        mailbox.close()
        mailbox.close()
        #expect(take(from: mailbox) == nil)
    }

    @Test(
        "Between two threads nothing is lost, repeated or reordered, and every wake-up is requested",
        arguments: [false, true])
    func twoThreads(watches: Bool) {
        let mailbox = Mailbox()
        let wakeUps = DispatchSemaphore(value: 0)
        let last: UInt32 = 20_000
        let producer = Thread {
            var batch = Batch()
            for value in 1...last {
                batch.append(number: value)
                if value.isMultiple(of: 7) || value == last, case .first = mailbox.deliver(&batch) {
                    wakeUps.signal()
                }
            }
        }
        producer.start()
        var taken = Batch()
        var expected: UInt32 = 1
        var isInOrder = true
        while expected <= last {
            // Sleeps until a wake-up: one that was not requested would be waited for in vain.
            wakeUps.wait()
            repeat {
                if watches { mailbox.watch() }
                while mailbox.take(into: &taken) {
                    for index in 0..<(taken.records.count / 4) {
                        isInOrder = isInOrder && taken.number(index, at: 0) == expected
                        expected += 1
                    }
                    taken.clear()
                }
            } while watches && mailbox.unwatch()
        }
        #expect(isInOrder)
        #expect(expected == last + 1)
    }

    @Test("Two senders share a mailbox, and the records of each keep their order")
    func twoSenders() {
        let mailbox = Mailbox()
        let done = DispatchGroup()
        for sender in 0..<2 as Range<UInt32> {
            done.enter()
            Thread {
                var batch = Batch()
                for value in 0..<5_000 as Range<UInt32> {
                    batch.append(number: value << 1 | sender)
                    _ = mailbox.deliver(&batch)
                }
                done.leave()
            }.start()
        }
        done.wait()
        let words = take(from: mailbox) ?? []
        for sender in 0..<2 as Range<UInt32> {
            #expect(words.filter { $0 & 1 == sender }.map { $0 >> 1 } == Array(0..<5_000))
        }
    }

    private func deliver(_ values: [UInt32], to mailbox: Mailbox) -> Mailbox.Delivery {
        var batch = Batch()
        for value in values { batch.append(number: value) }
        return mailbox.deliver(&batch)
    }

    private func take(from mailbox: Mailbox) -> [UInt32]? {
        var batch = Batch()
        guard mailbox.take(into: &batch) else { return nil }
        return (0..<(batch.records.count / 4)).map { batch.number($0, at: 0) }
    }
}
