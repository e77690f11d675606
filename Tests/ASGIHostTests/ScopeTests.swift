import ASGIHost
import Foundation
import Mailbox
import TestHost
import Testing

@Suite("Scopes", .exclusive)
struct ScopeTests {
    /// The whole scope of a plain request. Each test changes the keys that differ.
    private static var plain: [String: Any] {
        [
            "type": "http", "asgi": ["version": "3.0", "spec_version": "2.3"], "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": "/", "raw_path": ["bytes": "/"], "query_string": ["bytes": ""], "root_path": "",
            "headers": [String](), "client": NSNull(), "server": NSNull(), "extensions": [String: String](),
        ]
    }

    private func expect(
        _ request: Request, _ differences: [String: Any] = [:],
        change: (inout ApplicationSpecification) -> Void = { _ in }
    ) throws {
        try withClient { client in
            let application = try client.load("dump_scope", change: change)
            let expected = Self.plain.merging(differences) { $1 }
            // First with the whole head, then with no field of it, then after another one of the same shape.
            var other = request
            other.target = "/other"
            other.headers = request.headers.map { ($0.0, "other") }
            for request in [request, request, other, request] {
                let scope = try client.json(request, from: application)
                if request.target == "/other" { continue }
                #expect(scope.keys.sorted() == expected.keys.sorted())
                for (key, value) in expected {
                    let isSame = (scope[key] as? NSObject)?.isEqual(value) ?? false
                    #expect(isSame, "\(key): \(scope[key] ?? "missing"), expected \(value)")
                }
            }
        }
    }

    @Test("B1 B2 B3 B12 B24 B25 a plain request's scope is exactly this")
    func whole() throws { try expect(Request()) }

    @Test(
        "B5 B6 any method is accepted, in upper case",
        arguments: ["GET", "POST", "HEAD2", "QUERY", "PROPFIND", "get", "m-search", "X"])
    func method(_ method: String) throws { try expect(Request(method), ["method": method.uppercased()]) }

    @Test(
        "B4 B7 the flags set the version and the scheme",
        arguments: [
            ([], "1.1", "http"), (.http10, "1.0", "http"), (.http2, "2", "http"),
            (.secure, "1.1", "https"), ([.secure, .http2], "2", "https"),
        ] as [(Command.Flags, String, String)])
    func version(_ flags: Command.Flags, _ version: String, _ scheme: String) throws {
        try expect(Request().with(flags), ["http_version": version, "scheme": scheme])
    }

    @Test(
        "B8 B9 B10 B11 the target gives path, raw path and query",
        arguments: [
            ("/a%20b/%C3%A9", "/a b/é", "/a%20b/%C3%A9", ""), ("/x?a=%20&b", "/x", "/x", "a=%20&b"),
            ("/x?", "/x", "/x", ""), ("/x??y", "/x", "/x", "?y"), ("/%c0", "/\u{FFFD}", "/%c0", ""),
            ("/100%", "/100%", "/100%", ""), ("/%zz%4", "/%zz%4", "/%zz%4", ""), ("/%2F%3f", "//?", "/%2F%3f", ""),
            ("/a%00b", "/a\u{0}b", "/a%00b", ""), ("*", "*", "*", ""), ("?q", "", "", "q"),
        ])
    func target(_ target: String, _ path: String, _ raw: String, _ query: String) throws {
        try expect(
            Request("GET", target), ["path": path, "raw_path": ["bytes": raw], "query_string": ["bytes": query]])
    }

    @Test("B14 B15 B16 B17 B18 headers keep order, repetition and octets; names are in lower case")
    func headers() throws {
        let headers = [
            ("Host", "a"), ("X-A", "1"), ("Accept", "x"), ("x-a", "2"), ("ACCEPT", "y"),
            ("X-Octets", "caf\u{e9}\u{ff}"),
            ("X-Empty", ""), ("X-A", "1"),
        ]
        let expected = headers.map { [["bytes": $0.0.lowercased()], ["bytes": $0.1]] }
        try expect(Request("GET", "/", headers: headers), ["headers": expected])
    }

    @Test(
        "B14 as many headers as are kept, and more, arrive in order",
        arguments: [0, 1, 25, 26, 27, 58, 59, Head.maxHeaders, Head.maxHeaders + 1, 200])
    func headerCounts(_ count: Int) throws {
        let headers = (0..<count).map { ("x-\($0)", "\($0)") }
        let expected = headers.map { [["bytes": $0.0], ["bytes": $0.1]] }
        try expect(Request("GET", "/", headers: headers), ["headers": expected])
    }

    @Test("A request without a target is refused")
    func noTarget() throws {
        try withClient { client in
            let application = try client.load("hello")
            for _ in 0..<2 {
                let text = try failure(try client.fetch(Request("GET", ""), from: application).failure)
                #expect(text == "ERR_ASGI_INVALID_HEADER_VALUE Invalid header value: it is missing")
                #expect(try client.fetch(Request(), from: application).isComplete)
            }
        }
    }

    @Test("B14 long and numerous headers arrive like those that are kept for the next request")
    func manyHeaders() throws {
        var headers = [
            ("x-long", String(repeating: "v", count: 20_000)), ("x-512", String(repeating: "v", count: 506)),
        ]
        for number in 0..<3000 { headers.append(("x-\(number % 700)", "\(number)")) }
        let expected = headers.map { [["bytes": $0.0], ["bytes": $0.1]] }
        try expect(Request("GET", "/", headers: headers), ["headers": expected])
    }

    @Test(
        "An invalid header name is refused, and its neighbours are not",
        arguments: ["a b", ":x", "é", ""])
    func wrongName(_ name: String) throws {
        try withClient { client in
            let application = try client.load("hello")
            let before = client.write(Request(), to: application)
            let headers = [("x-good", "1"), (name, "2"), ("x-after", "3")]
            let slot = client.write(Request("GET", "/", headers: headers), to: application)
            var withBody = Request("GET", "/", headers: headers)
            withBody.body = [1, 2, 3]
            let others = [client.write(withBody, to: application)]
            let after = client.write(Request("GET", "/", headers: [("x-good", "1")]), to: application)
            client.submit()
            for slot in [slot] + others {
                let text = try failure(try client.finished(slot).failure)
                #expect(text?.hasPrefix("ERR_ASGI_INVALID_HEADER_NAME Invalid header name: ") == true)
            }
            #expect(try client.finished(before).isComplete)
            #expect(try client.finished(after).isComplete)
        }
    }

    @Test("B22 B23 client and server are host and port, a path without a port, or None")
    func addresses() throws {
        var request = Request()
        request.client = ("127.0.0.1", 54321)
        request.server = ("::1", 443)
        try expect(request, ["client": ["127.0.0.1", 54321], "server": ["::1", 443]])
        request.client = ("", nil)
        request.server = ("/run/socket", nil)
        try expect(request, ["server": ["/run/socket", NSNull()]])
    }

    @Test(
        "B13 the path of a mounted application begins with its root path",
        arguments: [
            ("/api", "", "/x", "/api/x", "/api"), ("/api", "", "/api/x", "/api/x", "/api"),
            ("/api", "", "/apix", "/api/apix", "/api"), ("/api", "/v1", "/x", "/api/v1/x", "/api/v1"),
            ("", "/v1", "/x?q", "/v1/x", "/v1"), ("/a%20b", "", "/x", "/a b/x", "/a b"),
            ("/api", "", "/api", "/api", "/api"),
        ])
    func rootPath(_ root: String, _ own: String, _ target: String, _ path: String, _ rootPath: String) throws {
        var request = Request("GET", target)
        request.rootPath = own
        let raw = path.replacing(" ", with: "%20")
        let query = target.contains("?") ? "q" : ""
        try expect(
            request,
            [
                "path": path, "root_path": rootPath, "raw_path": ["bytes": raw], "query_string": ["bytes": query],
            ]
        ) { $0.rootPath = root }
    }

    @Test("The application's additional keys are in every scope")
    func extra() throws {
        try expect(Request(), ["tenant": "a", "limits": [1, 2]]) { $0.scope = #"{"tenant": "a", "limits": [1, 2]}"# }
    }

    @Test("Additional keys cannot be those of the specification")
    func extraStandard() throws {
        try withClient { client in
            #expect(throws: TestFailure.self) { try client.load("dump_scope") { $0.scope = #"{"path": "/"}"# } }
        }
    }

    @Test("A19 the next request does not see changes of a scope")
    func mutated() throws {
        try withClient { client in
            let application = try client.load("mutate_scope") { $0.lifespan = "on" }
            let before = try client.fetch(Request("GET", "/dump"), from: application).text
            #expect(try client.fetch(Request("GET", "/write"), from: application).text != before)
            #expect(try client.fetch(Request("GET", "/dump"), from: application).text == before)
            #expect(try client.shutDown(application) == nil)
        }
    }
}
