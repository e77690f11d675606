import Mailbox
import Testing

@testable import ASGIHost

@Suite("CommandBatch")
struct CommandBatchTests {
    /// The records, moved from a mailbox. Their memory ends with them, so that a sanitizer detects a read beyond the
    /// end.
    private func taken(_ numbers: [UInt32], octets: [UInt8] = [], block: [UInt8]? = nil) -> CommandBatch {
        var records = Batch()
        records.records = RawBuffer(capacity: 4 * numbers.count + octets.count)
        for number in numbers { records.append(number: number) }
        octets.withUnsafeBytes { records.append(octets: $0) }
        block?.withUnsafeBytes { records.append(block: $0) }
        let mailbox = Mailbox()
        let delivery = mailbox.deliver(&records)
        #expect(delivery == .first)
        let batch = CommandBatch()
        #expect(batch.take(from: mailbox))
        return batch
    }

    /// A request's record with a head of these numbers, followed by `octets` octets rounded up to whole numbers.
    private func request(_ head: [UInt32], octets: Int = 0, bodyLength: UInt32 = 0) throws -> CommandRecord {
        let size = UInt32(Command.Request.head + head.count + octets)
        let numbers = [size, Command.request.rawValue, 0, 1, Command.noPort, Command.noPort, bodyLength] + head
        let batch = taken(numbers + Array(repeating: 0x6161_6161, count: octets))
        keep.batches.append(batch)
        return try #require(batch.next())
    }

    /// Keeps the memory of records alive.
    private final class Kept {
        var batches: [CommandBatch] = []
    }

    private let keep = Kept()

    /// The numbers of commands after which answers are delivered, if only the shares of the batch decide.
    private func deliveries(_ count: UInt32) -> [Int] {
        let size = Record.Index.first
        let batch = taken((0..<count).flatMap { [UInt32(size), Command.disconnect.rawValue, $0] })
        var deliveries: [Int] = []
        while !batch.isDone {
            #expect(batch.next()?.kind == .disconnect)
            guard batch.isShareDone else { continue }
            deliveries.append(batch.position / (4 * size))
            batch.beginShare()
        }
        return deliveries
    }

    @Test("Answers are delivered after each quarter of the rest of their batch, and one by one at its end")
    func shares() {
        #expect(deliveries(1) == [1])
        #expect(deliveries(4) == [1, 2, 3, 4])
        #expect(deliveries(16) == [4, 7, 10, 12, 13, 14, 15, 16])
        #expect(deliveries(64).prefix(5) == [16, 28, 37, 44, 49])
    }

    @Test(
        "An invalid record ends its batch",
        arguments: [
            // A size of zero, a size below that of any record or of this kind, and a size beyond the end.
            [0, 3, 0], [2, 3, 0], [3, 2, 0, 0], [4, 4, 0, 1, 0], [6, 1, 0, 1, 0, 0, 0], [4, 3, 0], [.max, 3, 0],
            // No kind, an unknown one, and an incomplete record.
            [3, 0, 0], [3, 8, 0], [3, 0xff, 0], [3], [3, 3],
        ] as [[UInt32]])
    func noRecord(_ numbers: [UInt32]) {
        let good: [UInt32] = [3, Command.disconnect.rawValue, 7]
        let batch = taken(good + numbers)
        #expect(batch.next()?.slot == 7)
        #expect(batch.next() == nil)
        #expect(batch.isDone)
    }

    @Test("Octets at the end of a batch that do not fill a number are no record", arguments: 1...11)
    func odd(_ count: Int) {
        let batch = taken([3, Command.disconnect.rawValue, 7], octets: Array(repeating: 3, count: count))
        #expect(batch.next()?.slot == 7)
        #expect(batch.next() == nil)
        #expect(batch.isDone)
    }

    @Test("A record may be longer than its content, and the rest is ignored")
    func longer() {
        let batch = taken([5, Command.disconnect.rawValue, 1, 9, 9, 3, Command.disconnect.rawValue, 2])
        #expect(batch.next()?.slot == 1)
        #expect(batch.next()?.slot == 2)
        #expect(batch.isDone)
    }

    @Test("A body is the last octets of its record", arguments: [0, 1, 3, 4, 5])
    func octets(_ count: Int) throws {
        let octets = (0..<count).map { UInt8($0) + 1 } + Array(repeating: 0xff, count: (4 - count % 4) % 4)
        let size = 4 + UInt32(octets.count / 4)
        let batch = taken([size, Command.body.rawValue, 1, UInt32(count)], octets: octets)
        let record = try #require(batch.next())
        #expect(Array(batch.body(Record.Index.first, of: record)) == Array(octets.prefix(count)))
    }

    @Test("A body that is longer than its record is not read", arguments: [9, 100, .max - 1] as [UInt32])
    func bodyTooLong(_ length: UInt32) throws {
        let batch = taken([5, Command.body.rawValue, 1, length, 0x6161_6161])
        let record = try #require(batch.next())
        #expect(batch.body(Record.Index.first, of: record).isEmpty)
    }

    @Test("A large body is the batch's next block, each used once; a missing one is empty")
    func blocks() throws {
        let body: [UInt32] = [4, Command.body.rawValue, 1, Record.inBlock]
        let batch = taken(body + body, block: [1, 2, 3])
        let first = try #require(batch.next())
        #expect(Array(batch.body(Record.Index.first, of: first)) == [1, 2, 3])
        let second = try #require(batch.next())
        #expect(batch.body(Record.Index.first, of: second).isEmpty)
    }

    @Test("The number of credited bytes has 64 bits, and is never negative")
    func long() throws {
        for (lower, upper, expected) in [
            (5, 0, 5), (.max, 0, 0xffff_ffff), (1, 1, 0x1_0000_0001), (.max, .max, Int.max),
        ] as [(UInt32, UInt32, Int)] {
            let batch = taken([5, Command.credit.rawValue, 1, lower, upper])
            #expect(try #require(batch.next()).view.long(Record.Index.first) == expected)
        }
    }

    @Test("A complete head is read: names first, then the fields that were sent")
    func head() throws {
        // Six fields and one header; only the name, the target and the value are sent.
        let record = try request([0 | Head.defines, 7, 0b100_0010, 3, 1, 2], octets: 2)
        var head = try #require(record.head)
        #expect((head.shape, head.count, head.octetCount) == (0, 7, 6))
        #expect(head.definesNames && head.isSent(1) && head.isSent(6) && !head.isSent(0))
        let texts = (0..<3).map { _ in head.next().count }
        #expect(texts == [3, 1, 2])
    }

    @Test(
        "A head that is longer than its record, or has too few fields, is not read",
        arguments: [
            // Nothing; a shape without a count; and one without the bits of its fields.
            ([], 0), ([Head.defines], 0), ([Head.defines, 6], 0), ([0, 33, 1], 0), ([0, .max, 0], 0),
            // Fewer fields than each request has.
            ([0, 5, 0], 0), ([0, 0], 0),
            // Missing lengths, of fields and of names.
            ([0, 6, 0b1], 0), ([Head.defines, 7, 0], 0), ([Head.defines, 7, 0b1, 0], 0), ([0, 6, .max, 1, 1], 0),
            // Missing octets.
            ([0, 6, 0b1, 1], 0), ([0, 6, 0b1, 5], 1), ([0, 6, 0b11, 2, 3], 1), ([0, 6, 0b1, .max], 1),
            ([0, 6, 0b11, .max, .max], 1), ([Head.defines, 7, 0, 5], 1),
        ] as [([UInt32], Int)])
    func noHead(_ numbers: [UInt32], _ octets: Int) throws {
        #expect(try request(numbers, octets: octets).head == nil)
    }
}
