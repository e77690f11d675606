import HTTP1
import HTTP1TestSupport
import Testing

@Suite("Limits of requests")
struct LimitTests {
    @Test("a head may be as long as the limit, and no octet longer")
    func head() {
        let octets = request("GET / HTTP/1.1", "a: b")
        let limits = RequestLimits(head: octets.utf8.count)
        #expect(parse(octets + request(), limits: limits).ending == .whole)
        let longer = parse(request("GET / HTTP/1.1", "a: bc"), limits: limits)
        #expect(longer.ending == .refused(.headTooLarge))
        #expect(longer.problem == nil)
    }

    @Test("a request line may be as long as its limit, and no octet longer")
    func requestLine() {
        let limits = RequestLimits(requestLine: "GET / HTTP/1.1\r\n".utf8.count)
        #expect(parse(request(), limits: limits).ending == .whole)
        #expect(parse(request("GET /a HTTP/1.1"), limits: limits).ending == .refused(.targetTooLong))
        let long = "GET /" + String(repeating: "a", count: 16_380)
        #expect(ParsedConnection(long.latin1, cuts: [9, 16_384]).ending == .refused(.targetTooLong))
    }

    @Test("fields are counted, in heads and in trailers")
    func fields() {
        let limits = RequestLimits(fields: 2)
        #expect(parse(request("GET / HTTP/1.1", "a: b"), limits: limits).ending == .whole)
        #expect(parse(request("GET / HTTP/1.1", "a: b", "c: d"), limits: limits).ending == .refused(.tooManyFields))
        let wide = RequestLimits(fields: 3)
        #expect(parse(chunked("0\r\na: b\r\nc: d\r\ne: f\r\n\r\n"), limits: wide).ending == .whole)
        #expect(parse(chunked("0\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n"), limits: wide).ending == .refused(.tooManyFields))
    }

    @Test("many fields are read, and the next request has none of them")
    func manyFields() {
        let many = (0..<500).map { "f\($0): \($0)" }.joined(separator: "\r\n")
        let octets = request("GET / HTTP/1.1", many) + request() + request("GET / HTTP/1.1", many)
        let whole = ParsedConnection(octets.latin1)
        #expect(whole.messages.map(\.fields.count) == [501, 1, 501])
        #expect(whole.messages.first?.fields.last == .init("f499", "499"))
        #expect(ParsedConnection(octets.latin1, cuts: Array(0..<octets.utf8.count)) == whole)
    }

    @Test("a body may be as long as the limit, and no octet longer")
    func body() {
        let limits = RequestLimits(body: 4)
        #expect(parse(request("POST / HTTP/1.1", "Content-Length: 4") + "abcd", limits: limits).ending == .whole)
        let longer = parse(request("POST / HTTP/1.1", "Content-Length: 5") + "abcde", limits: limits)
        #expect(longer.ending == .refused(.bodyTooLarge))
        #expect(longer.messages.isEmpty)
        #expect(parse(chunked("3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"), limits: limits).ending == .whole)
        #expect(parse(chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), limits: limits).ending == .refused(.bodyTooLarge))
    }

    @Test("extensions of a chunk may be as long as the limit, and no octet longer")
    func chunkExtension() {
        let limits = RequestLimits(chunkExtension: 4)
        #expect(parse(chunked("1;a=\r\n"), limits: limits).ending == .refused(.chunkExtension))
        #expect(parse(chunked("1;ab\r\nx\r\n0;ab\r\n\r\n"), limits: limits).ending == .whole)
        #expect(parse(chunked("1;abcd\r\nx\r\n"), limits: limits).ending == .refused(.chunkExtensionTooLarge))
    }

    @Test("trailers may be as long as the limit, and no octet longer")
    func trailers() {
        let limits = RequestLimits(trailers: 8)
        #expect(parse(chunked("0\r\na: b\r\n\r\n") + request(), limits: limits).ending == .whole)
        #expect(parse(chunked("0\r\na: bc\r\n\r\n"), limits: limits).ending == .refused(.trailersTooLarge))
    }

    @Test("an error is thrown again if the caller continues")
    func again() {
        var parser = RequestParser()
        let octets = "GET / HTTP/9.9\r\n".latin1
        for _ in 0..<3 {
            #expect(throws: RequestError.version) {
                try octets.withUnsafeBytes { octets in
                    var used = 0
                    _ = try parser.next(octets, used: &used)
                }
            }
        }
    }

    @Test("each error has a status and a text that says what is wrong", arguments: RequestError.allCases)
    func answer(error: RequestError) {
        var buffer = OctetBuffer()
        ErrorAnswer.write(error, date: UnsafeRawBufferPointer(start: nil, count: 0), into: &buffer)
        let answer = String(decoding: buffer.octets, as: UTF8.self)
        let status = [400, 413, 414, 417, 431, 501, 505].first { $0 == error.status }
        #expect(status != nil)
        #expect(answer.hasPrefix("HTTP/1.1 \(error.status) \(StatusLine.reason(of: error.status))\r\n"))
        #expect(answer.hasSuffix("\r\nconnection: close\r\n\r\n\(error.reason)\n"))
        #expect(answer.contains("\r\ncontent-length: \("\(error.reason)\n".utf8.count)\r\n"))
    }
}
