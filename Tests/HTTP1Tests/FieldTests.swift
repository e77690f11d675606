import HTTP1
import HTTP1TestSupport
import Testing

@Suite("Fields")
struct FieldTests {
    @Test("names are read in lower case, values without the blanks around them, octets unchanged")
    func values() {
        let parsed = parse(
            request("GET / HTTP/1.1", "X-A: \t b \t c\t ", "x-A:", "!#$%&'*+-.^_`|~9: \u{80}\u{ff}\t\"", "b:\t"))
        #expect(parsed.problem == nil)
        #expect(
            parsed.messages.first?.fields == [
                .init("host", "a"), .init("x-a", "b \t c"), .init("x-a", ""),
                .init("!#$%&'*+-.^_`|~9", "\u{80}\u{ff}\t\""), .init("b", ""),
            ])
    }

    @Test("each octet is accepted in names and values, or refused, as RFC 9110 says")
    func everyOctet() {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".latin1)
        for octet in UInt8.min...UInt8.max {
            let character = String(UnicodeScalar(octet))
            let name = ParsedConnection(request("GET / HTTP/1.1", "x\(character)y: z").latin1)
            // A colon ends the name.
            #expect((name.ending == .whole) == (token.contains(octet) || character == ":"), "name with \(octet)")
            for length in 0..<17 {
                let before = String(repeating: "v", count: length)
                let value = ParsedConnection(request("GET / HTTP/1.1", "x: \(before)\(character)vv").latin1)
                #expect((value.ending == .whole) == ((octet >= 0x20 && octet != 0x7f) || octet == 9), "value \(octet)")
            }
        }
    }

    static let refused = [
        Refused("a : b\r\n", .blankBeforeColon),
        Refused("a\t: b\r\n", .blankBeforeColon),
        Refused(": b\r\n", .fieldName),
        Refused("a\r\n", .fieldName),
        Refused("a\n", .bareLineFeed),
        Refused("a(b: c\r\n", .fieldName),
        Refused("\u{e9}: c\r\n", .fieldName),
        Refused("\0a: c\r\n", .fieldName),
        Refused("a: b\r\n c\r\n", .foldedLine),
        Refused("a: b\r\n\tc\r\n", .foldedLine),
        Refused(" a: b\r\n", .foldedLine),
        Refused("a: b\n", .bareLineFeed),
        Refused("a: b\rc\r\n", .bareCarriageReturn),
        Refused("a: b\r\r\n", .bareCarriageReturn),
        Refused("a: \0\r\n", .fieldValue),
        Refused("a: \u{7f}\r\n", .fieldValue),
        Refused("a: \u{1b}[0m\r\n", .fieldValue),
        Refused("\n", .bareLineFeed),
        Refused("\rGET", .bareCarriageReturn),
        Refused("Host: a\r\n", .hostRepeated),
        Refused("Host: b\r\n", .hostRepeated),
        Refused("Expect: x\r\n\r\n", .expectation),
        Refused("Expect: 100-continue, x\r\n\r\n", .expectation),
        Refused("Expect:\r\n\r\n", .expectation),
    ]

    @Test("an invalid line is refused", arguments: refused)
    func line(refused: Refused) {
        let parsed = parse("GET / HTTP/1.1\r\nHost: a\r\n" + refused.octets)
        #expect(parsed.ending == .refused(refused.error))
        #expect(parsed.messages.isEmpty)
        #expect(parsed.problem == nil)
    }

    @Test("a blank after the request line is refused")
    func blankFirst() {
        #expect(parse("GET / HTTP/1.1\r\n Host: a\r\n\r\n").ending == .refused(.foldedLine))
    }

    @Test("HTTP/1.1 needs a Host, HTTP/1.0 does not")
    func noHost() {
        #expect(parse("GET / HTTP/1.1\r\n\r\n").ending == .refused(.hostMissing))
        #expect(parse("GET http://a/ HTTP/1.1\r\n\r\n").ending == .refused(.hostMissing))
        #expect(parse("GET / HTTP/1.0\r\n\r\n").ending == .whole)
        #expect(parse("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").ending == .refused(.hostRepeated))
    }

    @Test(
        "a Host is a host with or without a port",
        arguments: [
            "", "a", "A.b-c_d~e", "a:80", "a:", "127.0.0.1:1", "[::1]", "[::ffff:1.2.3.4]:80", "%41", "[v1.a:b]",
        ])
    func host(value: String) {
        #expect(parse("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n").ending == .whole)
    }

    @Test(
        "any other Host is refused",
        arguments: [
            "a b", "a/b", "a@b", "a?b", "a#b", "a:b", "a:80:80", "[::1", "::1", "[]", "[g]", "[::1]a", "%", "%4", "%zz",
            "a\\b", "a\u{e9}", "a\tb", "http://a", "a, \"b\"",
        ])
    func otherHost(value: String) {
        let parsed = parse("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n")
        #expect(parsed.ending == .refused(.host))
        #expect(parsed.problem == nil)
    }

    @Test(
        "the connection stays open unless the client says otherwise",
        arguments: [
            ("1.1", nil, true), ("1.1", "close", false), ("1.1", "x, Close", false), ("1.1", "keep-alive", true),
            ("1.1", "closed", true), ("1.1", "\tclose\t", false), ("1.1", "close\r\nConnection: keep-alive", false),
            ("1.1", ",,close,", false), ("1.0", nil, false), ("1.0", "Keep-Alive", true), ("1.0", "x,keep-alive", true),
            ("1.0", "keep-alive, close", false), ("1.0", "x", false),
        ] as [(String, String?, Bool)])
    func connection(version: String, value: String?, keepsAlive: Bool) {
        let field = value.map { "Connection: \($0)\r\n" } ?? ""
        let octets = "GET / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n"
        #expect(parse(octets).messages.first?.keepsAlive == keepsAlive)
        #expect(parse(octets + octets).messages.count == (keepsAlive ? 2 : 1))
        #expect(parse(octets + octets).ending == (keepsAlive ? .whole : .refused(.afterClose)))
    }

    @Test("an empty line after the last request is not a request")
    func afterClose() {
        let last = request("GET / HTTP/1.1", "Connection: close")
        #expect(parse(last + "\r\n\n").ending == .whole)
        #expect(parse(last + "\r\n ").ending == .refused(.afterClose))
    }

    @Test("an upgrade needs Upgrade, Connection and HTTP/1.1")
    func upgrade() {
        let both = ["Upgrade: foo", "Connection: x, Upgrade"].joined(separator: "\r\n")
        #expect(parse(request("GET / HTTP/1.1", both) + "\0\0").ending == .handedOver)
        #expect(parse(request("GET / HTTP/1.1", "Upgrade: foo")).ending == .whole)
        #expect(parse(request("GET / HTTP/1.1", "Connection: upgrade")).ending == .whole)
        #expect(parse(request("GET / HTTP/1.0", both)).ending == .whole)
        #expect(parse(request("CONNECT a:1 HTTP/1.1") + "\0\0").ending == .handedOver)
    }

    @Test("100-continue counts if a body follows, in HTTP/1.1")
    func expectation() {
        func expects(_ octets: String) -> Bool? { parse(octets).messages.first?.expectsContinue }
        #expect(expects(request("POST / HTTP/1.1", "Expect: 100-Continue", "Content-Length: 1") + "a") == true)
        #expect(expects(request("POST / HTTP/1.1", "Expect: 100-continue", "Content-Length: 0")) == false)
        #expect(expects(request("GET / HTTP/1.1", "Expect: 100-continue")) == false)
        #expect(expects(request("POST / HTTP/1.0", "Expect: 100-continue", "Content-Length: 1") + "a") == false)
        #expect(expects(request("POST / HTTP/1.0", "Expect: x", "Content-Length: 1") + "a") == false)
    }
}
