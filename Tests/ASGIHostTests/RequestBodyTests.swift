import Mailbox
import TestHost
import Testing

@Suite("Request bodies", .exclusive)
struct RequestBodyTests {
    @Test("C4 a request without a body gives exactly one http.request")
    func none() throws {
        try withClient { client in
            let response = try client.fetch(Request(), from: try client.load("list_events"))
            #expect(response.text == #"[{"type": "http.request", "body": "", "more_body": false}]"#)
        }
    }

    @Test(
        "C1 C3 a body arrives unchanged",
        arguments: [1, 1000, Batch.blockSize - 1, Batch.blockSize, Batch.blockSize + 1, 65_536, 1 << 20])
    func whole(_ size: Int) throws {
        try withClient { client in
            let body = pattern(size)
            let response = try client.fetch(Request(body: body), from: try client.load("echo_stream"))
            #expect(response.body == body)
            #expect(response.isComplete)
            #expect(response.credit == 0)
        }
    }

    @Test("C2 C5 a body that arrives in pieces is received in pieces, before it is complete")
    func pieces() throws {
        try withClient { client in
            let slot = client.send(.open().with(.buffered), to: try client.load("echo_stream"))
            for number in 1...5 {
                client.writeBody(slot, pattern(number * 10_000, seed: number))
                client.submit()
                try client.wait("piece \(number)") { $0[slot].chunks.count == number }
                #expect(client[slot].chunks.last == pattern(number * 10_000, seed: number))
                #expect(!client[slot].isComplete)
            }
            client.writeBody(slot, end: true)
            client.submit()
            #expect(try client.finished(slot).isComplete)
            #expect(client[slot].credit == 150_000)
        }
    }

    @Test(
        "C2 the last piece is marked as the last, with bytes or without",
        arguments: [[], [1, 2, 3]] as [[UInt8]])
    func last(_ piece: [UInt8]) throws {
        try withClient { client in
            let slot = client.write(.open(body: [9]), to: try client.load("list_events"))
            client.writeBody(slot, [8])
            client.writeBody(slot, piece, end: true)
            client.submit()
            let events = try jsonArray(try client.finished(slot).text).compactMap { $0 as? [String: Any] }
            let flags = events.compactMap { $0["more_body"] as? Bool }
            // If the end is known by then, it is received with the last bytes.
            #expect(flags == Array(repeating: true, count: flags.count - 1) + [false])
            let body = events.compactMap { $0["body"] as? String }.joined()
            #expect(Array(body.unicodeScalars.map { UInt8($0.value) }) == [9, 8] + piece)
        }
    }

    @Test("Bodies of many requests in one batch are not mixed up")
    func mixed() throws {
        try withClient { client in
            let application = try client.load("echo_stream")
            // Alternating sizes below, at and above the block size.
            let bodies = (0..<60).map { pattern([0, 5, Batch.blockSize, 300, Batch.blockSize + 77][$0 % 5], seed: $0) }
            var slots: [UInt32] = []
            for body in bodies { slots.append(client.write(.open(body: body), to: application)) }
            for (slot, body) in zip(slots, bodies).reversed() { client.writeBody(slot, body, end: true) }
            client.submit()
            for (slot, body) in zip(slots, bodies) {
                let received = try client.finished(slot).body
                #expect(received == body + body)
            }
        }
    }

    @Test("C12 credit is given when the application receives, and not before")
    func room() throws {
        try withClient { client in
            let application = try client.load("flood")
            let slot = client.write(.open("POST", "/hold/room", body: pattern(1000)), to: application)
            client.writeBody(slot, pattern(20_000))
            client.submit()
            // Answered after the body has arrived, which the application has not received yet.
            _ = try client.fetch(Request("GET", "/sent/room"), from: application)
            #expect(client[slot].credit == 0)
            _ = try client.fetch(Request("GET", "/read/room"), from: application)
            try client.wait("credit for what was read") { $0[slot].credit == 21_000 }
            client.writeBody(slot, pattern(5), end: true)
            client.submit()
            #expect(try client.finished(slot).text == "21005")
            #expect(client[slot].credit == 21_005)
        }
    }

    @Test("A client that waits to send its body is asked once, when the application begins to wait for it")
    func awaited() throws {
        try withClient { client in
            let application = try client.load("flood")
            let slot = client.send(.open("POST", "/hold/asked").with(.awaitsContinue), to: application)
            _ = try client.fetch(Request("GET", "/sent/asked"), from: application)
            #expect(client[slot].bodyRequests == 0)
            _ = try client.fetch(Request("GET", "/read/asked"), from: application)
            try client.wait("the question") { $0[slot].bodyRequests == 1 }
            client.writeBody(slot, pattern(5))
            client.submit()
            try client.wait("credit for what was read") { $0[slot].credit == 5 }
            client.writeBody(slot, pattern(5), end: true)
            client.submit()
            #expect(try client.finished(slot).text == "10")
            #expect(client[slot].bodyRequests == 1)
        }
    }

    @Test("C13 a response that does not wait for the body ends the request, and the rest of the body is dropped")
    func early() throws {
        try withClient { client in
            let application = try client.load("answer_early")
            let slot = client.send(.open(body: pattern(100)), to: application)
            let response = try client.finished(slot)
            #expect(response.status == 413)
            #expect(response.text == "early")
            client.writeBody(slot, pattern(100_000))
            client.writeBody(slot, end: true)
            client.writeCredit(slot, 5)
            client.writeDisconnect(slot)
            #expect(try client.fetch(Request(), from: application).text == "early")
        }
    }

    @Test("A22 A23 receive() and send() in tasks lose nothing", arguments: ["cancel", "duplex"])
    func tasks(_ kind: String) throws {
        try withClient { client in
            let application = try client.load("concurrent_calls")
            let slot = client.send(.open("POST", "/\(kind)"), to: application)
            // The queue must be empty when the task is cancelled, because an item that it has received belongs to the
            // application.
            let beginning = kind == "cancel" ? "cancelled:" : ""
            try client.wait("the beginning") { $0[slot].status == 200 && $0[slot].text == beginning }
            for number in 0..<10 {
                client.writeBody(slot, Array("\(number),".utf8), end: number == 9)
                client.submit()
            }
            let text = try client.finished(slot).text
            #expect(text == beginning + "0,1,2,3,4,5,6,7,8,9,")
        }
    }
}
