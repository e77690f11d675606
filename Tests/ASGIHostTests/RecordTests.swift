import ASGIHost
import Mailbox
import TestHost
import Testing

@Suite("Invalid records", .exclusive)
struct RecordTests {
    /// Writes a request's record with any head and body length.
    private func writeRequest(_ client: Client, to application: Int, _ head: [UInt32], bodyLength: UInt32 = 0) -> UInt32
    {
        let slot = client.use()
        let batch = client.commands.begin(Command.request, .end, slot: slot)
        let numbers = [UInt32(application), Command.noPort, Command.noPort, bodyLength] + head
        for number in numbers { client.commands.append(number: number) }
        client.commands.finish(batch)
        return slot
    }

    @Test(
        "A request with an invalid head fails alone, and its neighbours are answered",
        arguments: [
            // Too short, too few fields, missing octets, another number of fields, an unknown shape, and no head.
            [], [0, 7], [0, 5, 0], [0, 7, 0b1, 5], [0, 8, 0], [5, 7, 0],
            [UInt32(Head.maxShapes), 7, 0], [Head.defines | UInt32(Head.maxShapes), 7, 0, 0],
            [Head.defines - 1, 7, 0], [0, .max, 0], [Head.defines | 100, .max, 0],
        ] as [[UInt32]])
    func head(_ head: [UInt32]) throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            let request = Request("GET", "/one", headers: [("x-one", "1")])
            let before = client.write(request, to: application)
            let bad = writeRequest(client, to: application, head)
            let after = client.write(request, to: application)
            client.submit()
            #expect(
                try failure(try client.finished(bad).failure)
                    == "ERR_ASGI_INTERNAL the request's head cannot be read")
            for slot in [before, after] {
                #expect(try json(try client.finished(slot).text)["path"] as? String == "/one")
            }
        }
    }

    @Test("A head that defines a shape and lacks fields fails, as do later heads until the fields are sent")
    func missingFields() throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            let code = "ERR_ASGI_INVALID_HEADER_VALUE Invalid header value: it is missing"
            let name: UInt32 = 0x6262_6262
            let defined = writeRequest(client, to: application, [Head.defines | 9, 7, 0, 4, name])
            let again = writeRequest(client, to: application, [9, 7, 0])
            // "GETT" and "////", and then the header's value.
            let half = writeRequest(client, to: application, [9, 7, 0b11, 4, 4, 0x5454_4547, 0x2f2f_2f2f])
            let whole = writeRequest(client, to: application, [9, 7, 0b100_0000, 4, 0x6363_6363])
            client.submit()
            for slot in [defined, again, half] {
                #expect(try failure(try client.finished(slot).failure) == code)
            }
            let scope = try json(try client.finished(whole).text)
            #expect(scope["path"] as? String == "////" && scope["method"] as? String == "GETT")
            #expect(scope["headers"] as? [[[String: String]]] == [[["bytes": "bbbb"], ["bytes": "cccc"]]])
        }
    }

    @Test(
        "A body that is longer than its record, or whose block is missing, is empty",
        arguments: [100, .max] as [UInt32])
    func bodyTooLong(_ length: UInt32) throws {
        try withClient { client in
            let application = try client.load("echo_stream")
            let request = Request(body: [1, 2, 3])
            let before = client.write(request, to: application)
            let fields: [UInt32] = [Head.defines | 9, 6, 0b11, 4, 4, 0x5454_4547, 0x2f2f_2f2f]
            let bad = writeRequest(client, to: application, fields, bodyLength: length)
            let after = client.write(request, to: application)
            client.submit()
            #expect(try client.finished(before).body == [1, 2, 3])
            #expect(try client.finished(bad).body == [])
            #expect(try client.finished(after).body == [1, 2, 3])
        }
    }

    @Test(
        "An unreadable record ends its batch, and other batches work",
        arguments: [
            [0, 1, 0], [3, 1, 0], [.max, 1, 0], [1000, 3, 0], [3, 0, 0], [3, 99, 0], [4, 4, 0, 0], [1],
        ] as [[UInt32]])
    func endOfBatch(_ numbers: [UInt32]) throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            let request = Request("GET", "/one", headers: [("x-one", "1")])
            let before = client.write(request, to: application)
            for number in numbers { client.commands.append(number: number) }
            client.submit()
            #expect(try client.finished(before).isComplete)
            let after = try client.json(request, from: application)
            #expect(after["path"] as? String == "/one")
        }
    }

    @Test(
        "A request for a used slot, or for an impossible one, ends its batch",
        arguments: [0, 1 << 20, .max] as [UInt32])
    func slot(_ slot: UInt32) throws {
        try withClient { client in
            let application = try client.load("echo_stream")
            let open = client.write(.open(), to: application)
            let before = client.write(Request(body: [1]), to: application)
            #expect(open == 0)
            let place = client.commands.begin(Command.request, .end, slot: slot)
            for number in [UInt32(application), Command.noPort, Command.noPort, 0] {
                client.commands.append(number: number)
            }
            client.commands.finish(place)
            client.submit()
            // Commands that were submitted before the batch was executed would be part of it.
            #expect(try client.finished(before).isComplete)
            client.writeBody(open, end: true)
            client.submit()
            #expect(try client.finished(open).isComplete)
        }
    }

    @Test("Commands for empty slots, and credit for bytes that were never sent, do no harm")
    func strangers() throws {
        try withClient { client in
            let application = try client.load("hello")
            for slot in [5, 1 << 20, .max] as [UInt32] {
                client.writeBody(slot, pattern(3), end: true)
                client.writeBody(slot, pattern(Batch.blockSize))
                client.writeMessage(slot, .bytes(pattern(Batch.blockSize)))
                client.writeWebSocketDisconnect(slot, code: 1000, reason: "gone")
                client.writeCredit(slot, .max)
                client.writeDisconnect(slot)
            }
            let slot = client.write(.open(), to: application)
            for count in [Int.max, .max, .min, -1, 1 << 40] { client.writeCredit(slot, count) }
            client.writeBody(slot, end: true)
            client.submit()
            #expect(try client.finished(slot).isComplete)
        }
    }
}
