import HTTP1
import HTTP1TestSupport
import Testing

@Suite("Bodies")
struct FramingTests {
    @Test("a body of the declared length is read, and the next request after it")
    func fixedLength() {
        let parsed = parse(request("POST / HTTP/1.1", "Content-Length: 005") + "abcde" + request())
        #expect(parsed.problem == nil)
        #expect(parsed.ending == .whole)
        #expect(parsed.messages.map(\.bodyCount) == [5, 0])
        #expect(parsed.messages.map(\.contentLength) == [5, -1])
    }

    @Test("a chunked body is read without its trailers, and the next request after it")
    func chunks() {
        let fixed = parse(request("POST / HTTP/1.1", "Content-Length: 13") + "abcdefghijklm")
        let parsed = parse(
            chunked("3\r\nabc\r\n000A;a;b=c;d=\"e\\\";\u{ff}\t f\";g\r\ndefghijklm\r\n0\r\nX: y\r\nz:\r\n\r\n")
                + request())
        #expect(parsed.problem == nil)
        #expect(parsed.ending == .whole)
        #expect(parsed.messages.map(\.bodyCount) == [13, 0])
        #expect(parsed.messages.first?.bodyHash == fixed.messages.first?.bodyHash)
        #expect(parsed.messages.last?.fields.count == 1)
    }

    @Test("an incomplete body is waited for", arguments: ["", "a", "ab"])
    func truncated(body: String) {
        #expect(parse(request("POST / HTTP/1.1", "Content-Length: 3") + body).ending == .truncated)
        #expect(parse(chunked("3\r\n" + body)).ending == .truncated)
        #expect(parse(chunked("0\r\n" + body)).ending == .truncated)
    }

    static let refused = [
        Refused("Content-Length: 5\r\nContent-Length: 5", .contentLengthRepeated),
        Refused("Content-Length: 5\r\nContent-Length: 6", .contentLengthRepeated),
        Refused("Content-Length: 5, 5", .contentLength),
        Refused("Content-Length: 5\t", .contentLength),
        Refused("Content-Length: 5 \t ", .contentLength),
        Refused("Content-Length: +5", .contentLength),
        Refused("Content-Length: -5", .contentLength),
        Refused("Content-Length: 5 5", .contentLength),
        Refused("Content-Length: 0x5", .contentLength),
        Refused("Content-Length: 5.0", .contentLength),
        Refused("Content-Length: \u{b2}", .contentLength),
        Refused("Content-Length:", .contentLength),
        Refused("Content-Length: 99999999999999999999", .bodyTooLarge),
        Refused("Content-Length: 18446744073709551621", .bodyTooLarge),
        Refused("Content-Length: 9223372036854775808", .bodyTooLarge),
        Refused("Content-Length: 5\r\nTransfer-Encoding: chunked", .contentLengthAndTransferEncoding),
        Refused("Transfer-Encoding: chunked\r\nContent-Length: 0", .contentLengthAndTransferEncoding),
        Refused("Transfer-Encoding: gzip", .transferEncoding),
        Refused("Transfer-Encoding: chunked\t", .transferEncoding),
        Refused("Transfer-Encoding: identity", .transferEncoding),
        Refused("Transfer-Encoding:", .transferEncoding),
        Refused("Transfer-Encoding: ,chunked", .transferEncoding),
        Refused("Transfer-Encoding: chunked,", .transferEncoding),
        Refused("Transfer-Encoding: chunked, chunked", .transferEncoding),
        Refused("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .transferEncoding),
        Refused("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", .transferEncoding),
        Refused("Transfer-Encoding: chunked, gzip", .transferEncoding),
        Refused("Transfer-Encoding: \"chunked\"", .transferEncoding),
        Refused("Transfer-Encoding: chunked;a=b", .transferEncoding),
        Refused("Transfer-Encoding: xchunked", .transferEncoding),
        Refused("Transfer-Encoding: chunked\u{b}", .fieldValue),
        Refused("Transfer-Encoding : chunked", .blankBeforeColon),
        Refused("Transfer-Encoding: gzip, chunked", .transferCoding),
        Refused("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", .transferCoding),
    ]

    @Test("a head with an ambiguous body length is refused", arguments: refused)
    func framing(refused: Refused) {
        let parsed = parse(request("POST / HTTP/1.1", refused.octets) + "0\r\n\r\n")
        #expect(parsed.ending == .refused(refused.error))
        #expect(parsed.messages.isEmpty)
        #expect(parsed.problem == nil)
    }

    @Test("HTTP/1.0 has no chunks")
    func firstVersion() {
        let octets = request("POST / HTTP/1.0", "Transfer-Encoding: chunked") + "0\r\n\r\n"
        #expect(parse(octets).ending == .refused(.transferEncodingVersion))
    }

    static let refusedChunks = [
        Refused("\r\n", .chunkSize),
        Refused(";a\r\n", .chunkSize),
        Refused("g\r\n", .chunkSize),
        Refused("0x3\r\nabc\r\n", .chunkSize),
        Refused("+3\r\nabc\r\n", .chunkSize),
        Refused("-3\r\nabc\r\n", .chunkSize),
        Refused(" 3\r\nabc\r\n", .chunkSize),
        Refused("3 \r\nabc\r\n", .chunkSize),
        Refused("3\t\r\nabc\r\n", .chunkSize),
        Refused("3\nabc\r\n", .bareLineFeed),
        Refused("3\rabc\r\n", .bareCarriageReturn),
        Refused("3\r\r\nabc\r\n", .bareCarriageReturn),
        Refused("3\r\nabc\n", .bareLineFeed),
        Refused("3\r\nabcd\r\n", .chunkEnd),
        Refused("3\r\nabc0\r\n\r\n", .chunkEnd),
        Refused("3\r\nabc\r0\r\n", .bareCarriageReturn),
        Refused("00000000000000003\r\nabc\r\n", .bodyTooLarge),
        Refused("8000000000000000\r\n", .bodyTooLarge),
        Refused("FFFFFFFFFFFFFFFFF\r\n", .bodyTooLarge),
        Refused("10000000000000000\r\n", .bodyTooLarge),
        Refused("7fffffffffffffff\r\n", .chunkEnd),
        Refused("3;\r\nabc\r\n", .chunkExtension),
        Refused("3; a\r\nabc\r\n", .chunkExtension),
        Refused("3;a \r\nabc\r\n", .chunkExtension),
        Refused("3;=b\r\nabc\r\n", .chunkExtension),
        Refused("3;a=\r\nabc\r\n", .chunkExtension),
        Refused("3;a=b c\r\nabc\r\n", .chunkExtension),
        Refused("3;a=\"b\r\nabc\r\n", .chunkExtension),
        Refused("3;a=\"b\\\r\nabc\r\n", .chunkExtension),
        Refused("3;a=\"b\"c\r\nabc\r\n", .chunkExtension),
        Refused("3;a\nabc\r\n", .bareLineFeed),
        Refused("0\n\r\n", .bareLineFeed),
        Refused("0\r\n\n", .bareLineFeed),
        Refused("0\r\n X: y\r\n\r\n", .foldedLine),
        Refused("0\r\nX : y\r\n\r\n", .blankBeforeColon),
        Refused("0\r\nX: \0\r\n\r\n", .fieldValue),
        Refused("0\r\nX\r\n\r\n", .fieldName),
        Refused("0\r\nContent-Length: 0\r\n\r\n", .trailerFraming),
        Refused("0\r\nTransfer-encoding: chunked\r\n\r\n", .trailerFraming),
    ]

    @Test("an invalid chunk or trailer is refused", arguments: refusedChunks)
    func chunk(refused: Refused) {
        // After a chunk of the largest size, every octet is data.
        let isLargest = refused.octets.hasPrefix("7f")
        let parsed = parse(chunked(refused.octets))
        #expect(parsed.ending == (isLargest ? .truncated : .refused(refused.error)))
        #expect(parsed.messages.first?.isComplete == false)
        #expect(parsed.problem == nil)
    }
}
