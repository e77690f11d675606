import Mailbox
import TestHost
import Testing

@Suite("Responses", .exclusive)
struct ResponseTests {
    @Test("D1 a start and a body are a response")
    func hello() throws {
        try withClient { client in
            let response = try client.fetch(Request(), from: try client.load("hello"))
            #expect(response.status == 200)
            #expect(
                response.headers == [
                    Response.Header("content-type", "text/plain"), Response.Header("content-length", "13"),
                ])
            #expect(response.text == "Hello, World!")
            #expect(response.isComplete)
            #expect(response.failure == nil)
            #expect(!response.announcesTrailers)
        }
    }

    @Test("D3 every status arrives unchanged", arguments: [200, 201, 299, 404, 418, 500, 599, 999])
    func status(_ status: Int) throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/\(status)"), from: try client.load("send_status"))
            #expect(response.status == status)
            #expect(response.text == "body")
        }
    }

    @Test(
        "D25 D26 HEAD, 204 and 304 have a head and no body", arguments: [("HEAD", 200), ("GET", 204), ("GET", 304)])
    func withoutBody(_ method: String, _ status: Int) throws {
        try withClient { client in
            let application = try client.load("send_status")
            for target in ["/\(status)", "/\(status)/stream"] {
                let response = try client.fetch(Request(method, target), from: application)
                #expect(response.status == status)
                #expect(response.headers == [Response.Header("x-kept", "yes")])
                #expect(response.body == [])
                #expect(response.isComplete)
            }
        }
    }

    @Test("D6 D7 D8 D9 headers keep their order and octets, in lower case and without transfer-encoding")
    func headers() throws {
        try withClient { client in
            let response = try client.fetch(Request(), from: try client.load("send_headers"))
            let lines = response.headers.map(\.description)
            #expect(
                lines == [
                    "x-first: 1", "set-cookie: a=1", "x-octets: caf\u{e9}", "set-cookie: b=2", "x-upper: yes",
                    "keep-alive: timeout=99", "x-last: 1",
                ])
        }
    }

    @Test(
        "D4 D5 headers may be any iterable",
        arguments: [
            "list of tuples", "list of lists", "tuple of lists", "generator", "generator of generators", "iterable",
            "subclass of bytes",
        ])
    func headerShapes(_ shape: String) throws {
        try withClient { client in
            let request = Request("GET", "/headers/\(shape.replacing(" ", with: "%20"))")
            let response = try client.fetch(request, from: try client.load("send_shapes"))
            #expect(response.headers.map(\.description) == ["x-a: 1", "x-b: 2", "x-a: 3"])
        }
    }

    @Test(
        "D13 a body may be any buffer of bytes",
        arguments: [
            "bytes", "bytearray", "memoryview", "memoryview with steps", "memoryview of an array", "subclass of bytes",
        ])
    func bodyShapes(_ shape: String) throws {
        try withClient { client in
            let request = Request("GET", "/body/\(shape.replacing(" ", with: "%20"))")
            let response = try client.fetch(request, from: try client.load("send_shapes"))
            #expect(response.text == "abc")
        }
    }

    @Test("D4 D12 headers and body are optional", arguments: ["/headers/none", "/body/none"])
    func missing(_ target: String) throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", target), from: try client.load("send_shapes"))
            #expect(response.status == 200)
            #expect(response.headers == [])
            #expect(response.body == [])
            #expect(response.isComplete)
        }
    }

    @Test("A11 A12 A13 D10 D11 invalid messages are refused, and nothing of them reaches the client")
    func refused() throws {
        try withClient { client in
            let response = try client.fetch(Request(), from: try client.load("refused_messages"))
            #expect(response.headers == [Response.Header("x-kept", "yes")])
            #expect(response.chunks.count == 1)
            let results = try json(response.text)
            for (name, result) in results { #expect(result is [String: Any], "\(name) was accepted") }
            #expect(results.count == 39)
        }
    }

    @Test("D24 a declared length is enforced", arguments: ["longer", "longer-pieces", "shorter", "shorter-pieces"])
    func wrongLength(_ kind: String) throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/" + kind), from: try client.load("content_length"))
            let word = kind.prefix { $0 != "-" }
            #expect(
                try failure(response.failure)
                    == "ERR_ASGI_PYTHON Python error: RuntimeError: Response content \(word) than Content-Length")
            #expect(!response.isComplete)
        }
    }

    @Test(
        "D24 a body of the declared length completes the response",
        arguments: [("exact", "12345"), ("exact-pieces", "12345"), ("caught", "right")])
    func rightLength(_ kind: String, _ text: String) throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/" + kind), from: try client.load("content_length"))
            #expect(response.text == text)
            #expect(response.isComplete)
        }
    }

    @Test("D14 D16 messages after the end are ignored")
    func afterCompletion() throws {
        try withClient { client in
            let application = try client.load("after_complete")
            let response = try client.fetch(Request(), from: application)
            #expect(response.text == "whole")
            #expect(response.status == 200)
            let report = try client.fetch(Request("GET", "/report"), from: application)
            #expect(try json(report.text).values.allSatisfy { "\($0)" == "<null>" })
        }
    }

    @Test("D2 D27 each part of a response is sent before the application continues")
    func streaming() throws {
        try withClient { client in
            let application = try client.load("gated")
            let slot = client.send(Request("GET", "/hold/streaming"), to: application)
            try client.wait("the start") { $0[slot].status == 200 }
            #expect(client[slot].chunks == [])
            _ = try client.fetch(Request("GET", "/go/streaming"), from: application)
            try client.wait("the first piece") { $0[slot].text == "first" }
            #expect(!client[slot].isComplete)
            _ = try client.fetch(Request("GET", "/go/streaming"), from: application)
            #expect(try client.finished(slot).text == "firstsecond")
        }
    }

    @Test("Responses that continue in the same turn are not mixed up")
    func interleaved() throws {
        try withClient { client in
            let application = try client.load("in_turns")
            let slots = (1...8).map { client.write(Request("GET", "/wait/\($0)"), to: application) }
            client.submit()
            // Each response is one step later than the previous one, so each turn has starts, chunks and ends.
            while slots.contains(where: { !client[$0].isFinished }) {
                #expect(try client.fetch(Request("GET", "/tick"), from: application).isComplete)
            }
            for (index, slot) in slots.enumerated() {
                let response = try client.finished(slot)
                #expect(response.chunks.map { Response.latin1($0) } == ["\(index + 1).1", "\(index + 1).2"])
            }
        }
    }
}
