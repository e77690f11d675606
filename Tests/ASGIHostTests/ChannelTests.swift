import Mailbox
import TestHost
import Testing

@testable import ASGIHost

@Suite("Channels", .exclusive)
struct ChannelTests {
    @Test("A slot is reused by the next request, which sees nothing of the last one")
    func slots() throws {
        try withClient { client in
            let application = try client.load("echo_stream")
            for number in 0..<50 {
                let slot = client.write(.open(body: pattern(number)), to: application, slot: 3)
                client.writeBody(slot, pattern(7, seed: number), end: true)
                client.submit()
                let body = try client.finished(slot).body
                #expect(body == pattern(number) + pattern(7, seed: number))
            }
        }
    }

    @Test("Channels receive no answers for each other's requests, although their slots have the same numbers")
    func two() throws {
        try withClient { first in
            try withClient { second in
                let application = try first.load("echo_stream")
                for number in 0..<20 {
                    let one = first.send(Request(body: Array("first \(number)".utf8)), to: application, slot: 0)
                    let two = second.send(Request(body: Array("second \(number)".utf8)), to: application, slot: 0)
                    #expect(try first.finished(one).text == "first \(number)")
                    #expect(try second.finished(two).text == "second \(number)")
                }
            }
        }
    }

    @Test("C14 applications receive a disconnect when their channel is detached, and their exchanges end")
    func detached() throws {
        try withClient { client in
            let application = try client.load("notice_disconnect")
            let detached = try Client()
            let slots = ["wait", "stream", "upload"].map { kind in
                detached.write(.open("POST", "/\(kind)/detached-\(kind)"), to: application)
            }
            detached.submit()
            try detached.wait("both first pieces") { $0[slots[1]].text == "first" && $0[slots[2]].text == "first" }
            #expect(try detached.openExchanges() == 3)
            detached.host.detach(detached.channel)
            for kind in ["wait", "stream", "upload"] {
                let seen = try client.fetch(Request("GET", "/seen/detached-\(kind)"), from: application)
                #expect(seen.text == "http.disconnect")
            }
            #expect(try detached.openExchanges() == 0)
        }
    }

    @Test("Nothing is delivered to a detached channel, and commands for it are dropped")
    func silent() throws {
        try withClient { client in
            let application = try client.load("gated")
            let detached = try Client()
            let slot = detached.send(Request("GET", "/hold/silent"), to: application)
            try detached.wait("the start") { $0[slot].status == 200 }
            detached.host.detach(detached.channel)
            let wakes = detached.wakes.count
            _ = detached.send(Request("GET", "/hold/never"), to: application)
            detached.writeDisconnect(slot)
            detached.submit()
            // The application continues and sends, and nothing is delivered.
            _ = try client.fetch(Request("GET", "/go/silent"), from: application)
            _ = try client.fetch(Request("GET", "/go/silent-not-there-yet"), from: try client.load("hello"))
            try detached.collect()
            #expect(detached.wakes.count == wakes)
            #expect(detached[slot].chunks == [])
        }
    }

    @Test("A channel may be detached while its requests are still in its mailbox, and while another one is attached")
    func racing() throws {
        try withClient { client in
            let application = try client.load("echo_stream")
            for number in 0..<100 {
                let detached = try Client()
                for _ in 0..<5 { _ = detached.write(.open(body: pattern(20_000)), to: application) }
                detached.submit()
                if number.isMultiple(of: 2) { _ = try client.fetch(Request(), from: application) }
                detached.host.detach(detached.channel)
            }
            #expect(try client.fetch(Request(body: [1]), from: application).body == [1])
            let channels = try onLoop { context, _ in context.tables.count }
            #expect(channels == 1)
        }
    }

    @Test("Thousands of requests wait at once, and all are answered")
    func thousands() throws {
        try withClient { client in
            let application = try client.load("flood")
            let count = 5000
            let slots = (0..<count).map { _ in client.write(.open("POST", "/hold/thousands"), to: application) }
            client.submit()
            _ = try client.fetch(Request("GET", "/sent/thousands"), from: application)
            #expect(try client.openExchanges() == count)
            for slot in slots { client.writeBody(slot, [1, 2, 3], end: true) }
            _ = client.write(Request("GET", "/read/thousands"), to: application)
            client.submit()
            for slot in slots { #expect(try client.finished(slot).text == "3") }
        }
    }

    @Test("Answers that are ready together need one wake-up")
    func wakes() throws {
        try withClient { client in
            let application = try client.load("hello")
            _ = try client.fetch(Request(), from: application)
            let before = client.wakes.count
            let slots = (0..<10).map { _ in client.write(Request(), to: application) }
            client.submit()
            for slot in slots { _ = try client.finished(slot) }
            // The coalescing delay may end more than once on a busy machine, but never for each answer.
            #expect(client.wakes.count - before <= slots.count)
            #expect(client.wakes.count > before)
        }
    }
}
