import HTTP1
import HTTP1TestSupport
import Testing

@Suite("Request lines")
struct RequestLineTests {
    @Test(
        "a known method is read",
        arguments: [
            "ACL", "BIND", "CONNECT", "DELETE", "GET", "HEAD", "M-SEARCH", "MKCALENDAR", "OPTIONS", "PATCH", "POST",
            "PROPPATCH", "PUT", "QUERY", "TRACE", "UNLOCK", "UNSUBSCRIBE",
        ])
    func method(name: String) {
        let parsed = parse(request("\(name) \(name == "CONNECT" ? "a:1" : "/") HTTP/1.1"))
        #expect(parsed.messages.map(\.method) == [name])
        #expect(parsed.problem == nil)
    }

    @Test(
        "an unknown method is answered with 501",
        arguments: [
            "get", "GETT", "GE", "UNSUBSCRIBER", "PRIX", "DESCRIBE", "BASELINE-CONTROL", "G!", "ACL BIND".lowercased(),
        ])
    func otherMethod(name: String) {
        let parsed = parse(request("\(name) / HTTP/1.1"))
        #expect(parsed.ending == .refused(.method) || parsed.ending == .refused(.requestLine))
        #expect(parsed.messages.isEmpty)
        #expect(parsed.problem == nil)
    }

    static let refused = [
        Refused(" GET / HTTP/1.1\r\n", .requestLine),
        Refused("GET  / HTTP/1.1\r\n", .requestLine),
        Refused("GET\t/ HTTP/1.1\r\n", .requestLine),
        Refused("GET\r\n", .requestLine),
        Refused("\u{16}\u{3}\u{1}", .requestLine),
        Refused("GET /\r\n", .requestLineEnd),
        Refused("GET /  HTTP/1.1\r\n", .requestLineEnd),
        Refused("GET / http/1.1\r\n", .requestLineEnd),
        Refused("GET / HTTP/1.1 \r\n", .requestLineEnd),
        Refused("GET / HTTP/11\r\n", .requestLineEnd),
        Refused("GET / HTTP/1.10\r\n", .requestLineEnd),
        Refused("GET / RTSP/1.0\r\n", .requestLineEnd),
        Refused("GET / HTTP/0.9\r\n", .version),
        Refused("GET / HTTP/1.2\r\n", .version),
        Refused("GET / HTTP/2.0\r\n", .version),
        Refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .secondVersion),
        Refused("GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
        Refused("GET / HTTP/1.1\rHost: a\r\n\r\n", .bareCarriageReturn),
        Refused("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .bareCarriageReturn),
        Refused("\nGET / HTTP/1.1\r\n", .requestLine),
        Refused("\rGET / HTTP/1.1\r\n", .bareCarriageReturn),
        Refused("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n", .emptyLines),
    ]

    @Test("an invalid line is refused", arguments: refused)
    func line(refused: Refused) {
        let parsed = parse(refused.octets)
        #expect(parsed.ending == .refused(refused.error))
        #expect(parsed.messages.isEmpty)
        #expect(parsed.problem == nil)
    }

    @Test("empty lines before a request are skipped")
    func emptyLines() {
        let parsed = parse("\r\n\r\n" + request() + "\r\n" + request())
        #expect(parsed.ending == .whole)
        #expect(parsed.messages.count == 2)
        #expect(parsed.problem == nil)
    }

    @Test(
        "a target is split into its parts",
        arguments: [
            ("GET", "/", RequestHead.TargetForm.origin, "", "/", ""),
            ("GET", "//x", .origin, "", "//x", ""),
            ("GET", "/a%20b?c=d?e", .origin, "", "/a%20b", "c=d?e"),
            ("GET", "/?", .origin, "", "/", ""),
            ("GET", "/\"<>\\^`{|}~", .origin, "", "/\"<>\\^`{|}~", ""),
            ("OPTIONS", "*", .asterisk, "", "*", ""),
            ("CONNECT", "a.b:443", .authority, "a.b:443", "", ""),
            ("CONNECT", "[::1]:80", .authority, "[::1]:80", "", ""),
            ("GET", "http://a", .absolute, "a", "", ""),
            ("GET", "HTTPS://a.b:8/c?d", .absolute, "a.b:8", "/c", "d"),
            ("GET", "http://[::1]:8?d", .absolute, "[::1]:8", "", "d"),
            ("GET", "http://a/b://c", .absolute, "a", "/b://c", ""),
        ])
    func target(
        method: String, target: String, form: RequestHead.TargetForm, authority: String, path: String, query: String
    ) {
        let parsed = parse(request("\(method) \(target) HTTP/1.1"))
        #expect(parsed.problem == nil)
        let message = parsed.messages.first
        #expect(message?.target == target)
        #expect(message?.form == form)
        #expect(message?.authority == authority)
        #expect(message?.path == path)
        #expect(message?.query == query)
    }

    @Test(
        "a target that is invalid, or not allowed for the method, is refused",
        arguments: [
            "GET a", "GET *", "GET ?", "GET /#a", "GET /a?b#c", "GET /\u{80}", "GET /\u{ff}", "GET /\u{7f}", "GET /\0",
            "GET /\ta", "GET a:80", "GET http:/a", "GET http://", "GET http:///a", "GET http://:80/", "GET ftp://a/",
            "GET http://u@a/", "GET http://a:b/", "GET http://[::1/", "GET https:a", "OPTIONS *a", "POST *",
            "CONNECT /", "CONNECT a", "CONNECT a:", "CONNECT :80", "CONNECT http://a/", "CONNECT a:80/", "CONNECT *",
        ])
    func otherTarget(line: String) {
        let parsed = parse(request("\(line) HTTP/1.1"))
        #expect(parsed.ending == .refused(.target))
        #expect(parsed.problem == nil)
    }
}
