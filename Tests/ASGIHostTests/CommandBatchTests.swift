import Mailbox
import Testing

@testable import ASGIHost

@Suite("CommandBatch")
struct CommandBatchTests {
    /// After how many commands answers are delivered, when a share of them is all that is waited for.
    private func deliveries(_ count: Int) -> [Int] {
        let mailbox = Mailbox()
        var records = Batch()
        for slot in 0..<count {
            records.words.append(Command.abort.rawValue)
            records.words.append(UInt32(slot))
        }
        let delivery = mailbox.deliver(&records)
        #expect(delivery == .first)
        let batch = CommandBatch()
        #expect(batch.take(from: mailbox))
        var deliveries: [Int] = []
        while !batch.isDone {
            batch.advance(over: batch.command)
            guard batch.isShareDone else { continue }
            deliveries.append(batch.position / Command.abort.length)
            batch.beginShare()
        }
        return deliveries
    }

    @Test("Answers are delivered with each quarter of what was left of their batch, and one by one at its end")
    func shares() {
        #expect(deliveries(1) == [1])
        #expect(deliveries(4) == [1, 2, 3, 4])
        #expect(deliveries(16) == [4, 7, 9, 11, 12, 13, 14, 15, 16])
        #expect(deliveries(64).prefix(5) == [16, 28, 37, 44, 49])
    }
}
