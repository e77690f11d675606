import Foundation
import Mailbox
import TestHost
import Testing

@Suite("Response heads", .exclusive)
struct ResponseHeadTests {
    typealias Headers = [[String]]

    private func request(_ headers: Headers) throws -> Request {
        let json = try JSONEncoder().encode(["headers": headers])
        return Request("GET", "/?" + String(decoding: json, as: UTF8.self).replacing("\\/", with: "/"))
    }

    private func expect(_ list: [Headers]) throws {
        try withClient { client in
            let application = try client.load("sends_given_head")
            // One after the other, and all in one batch.
            for headers in list {
                let response = try client.fetch(try request(headers), from: application)
                #expect(response.headers.map { [$0.name, $0.value] } == headers)
            }
            let slots = try list.map { client.write(try request($0), to: application) }
            client.submit()
            for (headers, slot) in zip(list, slots) {
                #expect(try client.finished(slot).headers.map { [$0.name, $0.value] } == headers)
            }
        }
    }

    @Test("Heads with repeated parts arrive unchanged")
    func repeated() throws {
        try expect([
            [["a", "1"], ["b", "2"]], [["a", "1"], ["b", "2"]], [["a", "1"], ["b", ""]], [["a", ""], ["b", ""]],
            [["b", "2"], ["a", "1"]], [["a", "1"]], [], [], [["ab", "1"]], [["a", "3"], ["b", "2"]],
        ])
    }

    @Test("A value that is too long to be kept, and its replacement, arrive unchanged")
    func longValues() throws {
        let kept = String(repeating: "a", count: Head.maxKeptLength)
        let values = [kept, kept, kept + "a", kept + "a", "", kept + "b", kept, kept + "a", "a"]
        try expect(values.map { [["x", $0]] })
    }

    @Test("As many headers as are kept, and more, arrive in order")
    func manyHeaders() throws {
        let counts = [1, 31, 32, 33, Head.maxHeaders, Head.maxHeaders + 1, 100]
        try expect((counts + counts).map { count in (0..<count).map { ["x-\($0)", "\($0)"] } })
    }

    @Test("With more shapes than are kept, each head arrives unchanged")
    func manyShapes() throws {
        try expect((0..<(2 * Head.maxShapes)).map { [["x-\($0 % (Head.maxShapes + 3))", "\($0)"]] })
    }

    @Test(
        "A head that HTTP forbids fails its own response only",
        arguments: [["x y", "1"], ["", "1"], ["x", "1\n"], ["x", "\u{0}"]])
    func forbidden(_ header: [String]) throws {
        try withClient { client in
            let application = try client.load("sends_given_head")
            let (good, bad) = (try request([["x", "1"], ["y", "2"]]), try request([header, ["y", "3"]]))
            for request in [good, bad, good, bad, good] {
                let response = try client.fetch(request, from: application)
                if request.target == bad.target {
                    #expect(try failure(response.failure)?.hasPrefix("ERR_ASGI_PYTHON") == true)
                } else {
                    #expect(response.headers.map(\.description) == ["x: 1", "y: 2"])
                }
            }
        }
    }
}
