import ASGIHost
import Mailbox
import PythonAPI
import TestHost
import Testing

private let expectation = ", expected Latin-1 without control characters"

@Suite("Request heads", .exclusive)
struct RequestHeadTests {
    /// A request with a number in its target and headers, so that mixed-up values are detected.
    private func numbered(_ number: Int, extra: [(String, String)] = []) -> Request {
        let headers = [("host", "same"), ("x-number", "\(number)"), ("Cookie", "n=\(number / 2)")]
        return Request("GET", "/\(number)", headers: headers + extra)
    }

    private func expectOwn(_ response: Response, _ number: Int, extra: [(String, String)] = []) throws {
        let scope = try json(response.text)
        #expect(scope["path"] as? String == "/\(number)")
        let headers = try #require(scope["headers"] as? [[[String: String]]])
        let expected = numbered(number, extra: extra).headers.map { [$0.0.lowercased(), $0.1] }
        #expect(headers.map { $0.compactMap { $0["bytes"] } } == expected)
    }

    @Test(
        "A head with a name or value that HTTP forbids fails alone among 64, also when it is repeated",
        arguments: [
            ("x bad", "1", "ERR_ASGI_INVALID_HEADER_NAME Invalid header name: x bad"),
            ("x-bad", "1\r\n2", "ERR_ASGI_INVALID_HEADER_VALUE Invalid header value: \"1\\r\\n2\"\(expectation)"),
            ("x-bad", "\u{0}", "ERR_ASGI_INVALID_HEADER_VALUE Invalid header value: \"\\u0000\"\(expectation)"),
        ])
    func forbidden(_ name: String, _ value: String, _ expected: String) throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            for _ in 0..<2 {
                let slots = (0..<64).map { number in
                    let extra = number.isMultiple(of: 3) ? [(name, number % 2 == 0 ? value : "good")] : []
                    return client.write(numbered(number, extra: extra), to: application)
                }
                client.submit()
                for (number, slot) in slots.enumerated() {
                    let response = try client.finished(slot)
                    let isBad = number.isMultiple(of: 6) || (number.isMultiple(of: 3) && name == "x bad")
                    if isBad {
                        #expect(try failure(response.failure) == expected)
                        #expect(response.status == nil)
                    } else {
                        let extra = number.isMultiple(of: 3) ? [(name, "good")] : []
                        try expectOwn(response, number, extra: extra)
                    }
                }
            }
            // The same head twice, so that no field of the second one is sent.
            let twice = numbered(1, extra: [(name, value)])
            for _ in 0..<2 {
                #expect(try failure(try client.fetch(twice, from: application).failure) == expected)
            }
        }
    }

    @Test(
        "An invalid field before the headers fails its own request only, also when it is repeated",
        arguments: [\Request.method, \.target, \.rootPath, \.client.host, \.server.host, \.tls])
    func forbiddenField(_ field: WritableKeyPath<Request, String> & Sendable) throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            var bad = numbered(1)
            bad[keyPath: field] = "/\n"
            for request in [numbered(1), bad, bad, numbered(1)] {
                let response = try client.fetch(request, from: application)
                if request[keyPath: field] == "/\n" {
                    let text = try failure(response.failure)
                    #expect(text == "ERR_ASGI_INVALID_HEADER_VALUE Invalid header value: \"/\\n\"\(expectation)")
                } else {
                    try expectOwn(response, 1)
                }
            }
        }
    }

    @Test("Heads after a withdrawn request may refer to its head")
    func withdrawn() throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            client.writeWithdrawn(numbered(1), to: application)
            let first = client.write(numbered(1), to: application)
            client.writeWithdrawn(numbered(2), to: application)
            client.writeWithdrawn(numbered(3, extra: [("x-new", "a")]), to: application)
            let second = client.write(numbered(2), to: application)
            let third = client.write(numbered(3, extra: [("x-new", "a")]), to: application)
            client.submit()
            try expectOwn(try client.finished(first), 1)
            try expectOwn(try client.finished(second), 2)
            try expectOwn(try client.finished(third), 3, extra: [("x-new", "a")])
        }
    }

    @Test("Heads after a refused request may refer to its head, and no other request gets its body")
    func refused() throws {
        try withClient { client in
            let closed = try client.load("hello")
            #expect(try client.shutDown(closed) == nil)
            let application = try client.load("dump_scope")
            for size in [0, 3, Batch.blockSize] {
                var request = numbered(size + 1)
                request.body = pattern(size)
                let refused = [client.write(request, to: closed), client.write(request, to: 1 << 20)]
                let answered = client.write(numbered(size + 1), to: application)
                let whole = client.write(request, to: application)
                client.submit()
                for slot in refused {
                    #expect(try failure(try client.finished(slot).failure) == "ERR_ASGI_CLOSED Handler closed")
                }
                try expectOwn(try client.finished(answered), size + 1)
                try expectOwn(try client.finished(whole), size + 1)
            }
        }
    }

    @Test("With more shapes than are kept, each request still gets its own values")
    func manyShapes() throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            for round in 0..<2 {
                let slots = (0..<(Head.maxShapes + 5)).map { number in
                    client.write(numbered(round, extra: [("x-\(number)", "\(round)")]), to: application)
                }
                client.submit()
                for (number, slot) in slots.enumerated() {
                    try expectOwn(try client.finished(slot), round, extra: [("x-\(number)", "\(round)")])
                }
            }
        }
    }

    @Test("A value that is too long to be kept, and its replacement, belong to their own requests")
    func longValues() throws {
        try withClient { client in
            let application = try client.load("dump_scope")
            let kept = String(repeating: "a", count: Head.maxKeptLength)
            for value in [kept, kept + "a", "", kept + "a", kept + "b", kept, kept, ""] {
                let response = try client.fetch(numbered(1, extra: [("x-long", value)]), from: application)
                try expectOwn(response, 1, extra: [("x-long", value)])
            }
        }
    }

    @Test("Heads that are not kept leave no objects")
    func nothingLeft() throws {
        try withClient { client in
            let application = try client.load("hello")
            let headers = (0..<200).map { ("x-\($0)", "value \($0)") }
            func send() throws -> Int {
                for _ in 0..<50 {
                    #expect(try client.fetch(Request("GET", "/", headers: headers), from: application).isComplete)
                }
                return try objects()
            }
            _ = try send()
            let before = try send()
            // 200 names and 200 pairs of each request would be 20,000.
            #expect(try send() - before < 2_000)
        }
    }

    /// The number of Python's memory blocks.
    private func objects() throws -> Int {
        try onLoop { _, py throws(PyError) in
            let gc = try PyOwned.module("gc", py)
            _ = try gc.attribute("collect", py).call(py)
            let sys = try PyOwned.module("sys", py)
            return try sys.attribute("getallocatedblocks", py).call(py).int(py)
        }
    }
}
