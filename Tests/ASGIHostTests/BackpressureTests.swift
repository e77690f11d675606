import Mailbox
import TestHost
import Testing

@testable import ASGIHost

@Suite("Slow consumers", .exclusive)
struct BackpressureTests {
    private static let chunk = 65_536

    @Test("D15 send() waits while more bytes than the high-water mark are uncredited, and continues after credit")
    func waits() throws {
        try withClient { client in
            let application = try client.load("flood")
            let slot = client.send(Request("GET", "/flood/waits"), to: application)
            // The mark is one chunk, so the second one exceeds it.
            #expect(try sent("waits", client, application) == 1)
            #expect(client[slot].chunks.count == 2)
            for taken in 1...5 {
                client.writeCredit(slot, Self.chunk)
                client.submit()
                try client.wait("the next chunk") { $0[slot].chunks.count == taken + 2 }
                #expect(try sent("waits", client, application) == taken + 1)
            }
            client.writeDisconnect(slot)
            client.submit()
            #expect(try client.finished(slot).chunks.count == 7)
        }
    }

    @Test("D15 credit in several parts counts like credit at once")
    func pieces() throws {
        try withClient { client in
            let application = try client.load("flood")
            let slot = client.send(Request("GET", "/flood/pieces"), to: application)
            #expect(try sent("pieces", client, application) == 1)
            client.writeCredit(slot, Self.chunk - 1)
            client.submit()
            // Twice, because a sender that was woken in the first turn has continued by the second.
            for _ in 0..<2 { #expect(try sent("pieces", client, application) == 1) }
            client.writeCredit(slot, 1)
            client.submit()
            try client.wait("the next chunk") { $0[slot].chunks.count == 3 }
            #expect(try sent("pieces", client, application) == 2)
            client.writeDisconnect(slot)
            client.submit()
            _ = try client.finished(slot)
        }
    }

    @Test("D15 a higher mark allows more uncredited bytes", arguments: [0, 65_536, 200_000, 1 << 20])
    func mark(_ bytes: Int) throws {
        try withClient { client in
            let application = try client.load("flood") { $0.highWaterMark = bytes }
            let slot = client.send(Request("GET", "/flood/mark-\(bytes)"), to: application)
            #expect(try sent("mark-\(bytes)", client, application) == bytes / Self.chunk)
            #expect(client[slot].chunks.count == bytes / Self.chunk + 1)
            client.writeDisconnect(slot)
            client.submit()
            _ = try client.finished(slot)
        }
    }

    @Test("D15 a whole response reaches a slow consumer, never more than the mark and one chunk ahead of it")
    func whole() throws {
        try withClient { client in
            let slot = client.send(Request("GET", "/flood/whole"), to: try client.load("flood"))
            var taken = 0
            while !client[slot].isFinished {
                try client.wait("more") { $0[slot].chunks.count > taken || $0[slot].isFinished }
                let count = client[slot].chunks.count
                #expect(count - taken <= 2)
                client.writeCredit(slot, (count - taken) * Self.chunk)
                client.submit()
                taken = count
            }
            #expect(client[slot].chunks.count == 1024)
            #expect(client[slot].isComplete)
        }
    }

    @Test("D15 a fast client gets a wider window, and a slow one the mark again")
    func paces() throws {
        try withClient { client in
            let application = try client.load("flood")
            let slot = client.send(Request("GET", "/flood/paces"), to: application)
            #expect(try sent("paces", client, application) == 1)
            client.writeCredit(slot, 2 * Self.chunk, flags: .fastConsumer)
            client.submit()
            try client.wait("a wide window") { $0[slot].chunks.count == 2 + 5 }
            #expect(try sent("paces", client, application) == 2 + 4)
            client.writeCredit(slot, 3 * Self.chunk, flags: .slowConsumer)
            client.submit()
            // Two chunks are uncredited, one too many.
            #expect(try sent("paces", client, application) == 2 + 4)
            client.writeCredit(slot, Self.chunk)
            client.submit()
            try client.wait("the next chunk") { $0[slot].chunks.count == 2 + 5 + 1 }
            client.writeDisconnect(slot)
            client.submit()
            _ = try client.finished(slot)
            #expect(try onLoop { context, _ in context.windowBudget } == SendWindow.budget)
        }
    }

    @Test("send() never waits for a client that buffers the response")
    func buffered() throws {
        try withClient { client in
            let request = Request("GET", "/flood/buffered").with(.buffered)
            let response = try client.fetch(request, from: try client.load("flood"))
            #expect(response.chunks.reduce(0) { $0 + $1.count } == 64 << 20)
        }
    }

    @Test("A23 concurrent tasks that wait in send() all continue, in their order")
    func several() throws {
        try withClient { client in
            let application = try client.load("concurrent_calls")
            let slot = client.send(Request("GET", "/waiting"), to: application)
            try client.wait("all chunks: a waiting send() has handed its chunk over") { $0[slot].chunks.count == 8 }
            client.writeCredit(slot, 8 * Self.chunk)
            client.submit()
            let response = try client.finished(slot)
            #expect(response.chunks.map { $0[0] } == Array("01234567".utf8))
            #expect(response.isComplete)
        }
    }

    @Test("A23 tasks that send at the same time do not disturb each other")
    func senders() throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/senders"), from: try client.load("concurrent_calls"))
            #expect(response.text == (0..<100).map { "\($0)," }.joined() + "last")
        }
    }

    @Test("A slow consumer does not delay the others")
    func others() throws {
        try withClient { client in
            let application = try client.load("flood")
            let slow = client.send(Request("GET", "/flood/slow"), to: application)
            for number in 0..<20 {
                #expect(try sent("slow", client, application) == 1, "\(number)")
            }
            client.writeDisconnect(slow)
            client.submit()
            _ = try client.finished(slow)
        }
    }

    /// How many chunks send() has accepted. The request is answered after everything that the flood could do until now.
    private func sent(_ key: String, _ client: Client, _ application: Int) throws -> Int? {
        Int(try client.fetch(Request("GET", "/sent/\(key)"), from: application).text)
    }
}
