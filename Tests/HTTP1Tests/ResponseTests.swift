import HTTP1
import HTTP1TestSupport
import Testing

@Suite("Responses")
struct ResponseTests {
    @Test("a head, its body and the server's fields are written")
    func whole() throws {
        let text = try written(fields: [("content-type", "text/plain"), ("content-length", "5")], pieces: ["hello"])
        #expect(
            text == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\ndate: now\r\n\r\nhello")
    }

    @Test("a body of unknown length is chunked")
    func chunks() throws {
        let piece = String(repeating: "a", count: 300)
        let text = try written(fields: [("Date", "then")], pieces: ["b", "", piece])
        #expect(
            text == "HTTP/1.1 200 OK\r\nDate: then\r\ntransfer-encoding: chunked\r\n\r\n"
                + "1\r\nb\r\n12c\r\n\(piece)\r\n0\r\n\r\n")
    }

    @Test("a body of known length gets a Content-Length")
    func known() throws {
        #expect(try written(bodyCount: 2, pieces: ["ab"]) == head("content-length: 2\r\n") + "ab")
        #expect(try written(bodyCount: 0) == head("content-length: 0\r\n"))
    }

    @Test("a client of HTTP/1.0 gets no chunks, and its connection ends unless it is kept alive")
    func firstVersion() throws {
        let open = ResponseWriter(isHead: false, minorVersion: 0, keepsAlive: true)
        #expect(try written(open, pieces: ["a", "b"]) == head("connection: close\r\n") + "ab")
        let known = try written(open, bodyCount: 1, pieces: ["a"])
        #expect(known == head("content-length: 1\r\nconnection: keep-alive\r\n") + "a")
    }

    @Test("HEAD, 204 and 304 have no body, whatever is written")
    func noBody() throws {
        let toHead = ResponseWriter(isHead: true, minorVersion: 1, keepsAlive: true)
        let length = [("content-length", "3")]
        #expect(try written(toHead, fields: length, pieces: ["abc"]) == headWith("200 OK", "content-length: 3\r\n"))
        #expect(try written(toHead, pieces: ["abc"]) == head())
        #expect(try written(status: 204, fields: length, bodyCount: 0, pieces: ["abc"]) == headWith("204 No Content"))
        let notModified = try written(status: 304, fields: length, pieces: ["abc"])
        #expect(notModified == headWith("304 Not Modified", "content-length: 3\r\n"))
    }

    @Test("interim heads come before the head, and not to HTTP/1.0")
    func interim() throws {
        func early(_ minorVersion: UInt8) throws -> String {
            var buffer = OctetBuffer()
            var writer = ResponseWriter(isHead: false, minorVersion: minorVersion, keepsAlive: true)
            try writer.begin(status: 103, into: &buffer)
            try field("link", "</a>", &writer, &buffer)
            try field("content-length", "5", &writer, &buffer)
            writer.endHead(date: nothing, into: &buffer)
            try writer.begin(status: 200, into: &buffer)
            writer.endHead(bodyCount: 0, date: nothing, into: &buffer)
            return String(decoding: buffer.octets, as: UTF8.self)
        }
        let end = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n"
        #expect(try early(1) == "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n\(end)\r\n")
        #expect(try early(0) == "\(end)connection: keep-alive\r\n\r\n")
    }

    @Test("trailers come after chunks, without fields that define the length of a message")
    func trailers() throws {
        var buffer = OctetBuffer()
        var writer = ResponseWriter(isHead: false, minorVersion: 1, keepsAlive: true)
        try writer.begin(status: 200, into: &buffer)
        writer.endHead(bodyCount: 1, hasTrailers: true, date: nothing, into: &buffer)
        let start = buffer.count
        try write("a", &writer, &buffer)
        writer.beginTrailers(into: &buffer)
        for (name, value) in [("x-sum", "1"), ("content-length", "5"), ("transfer-encoding", "x"), ("connection", "x")]
        {
            try field(name, value, &writer, &buffer)
        }
        try writer.end(into: &buffer)
        #expect(String(decoding: buffer.octets.dropFirst(start), as: UTF8.self) == "1\r\na\r\n0\r\nx-sum: 1\r\n\r\n")
    }

    @Test("only the server writes fields about the connection")
    func connection() throws {
        let dropped = [("Transfer-Encoding", "gzip"), ("Keep-Alive", "timeout=5"), ("Connection", "x, keep-alive")]
        #expect(try written(fields: dropped, bodyCount: 0) == head("content-length: 0\r\n"))
        let closing = try written(fields: [("connection", "x, Close")], bodyCount: 0)
        #expect(closing == head("content-length: 0\r\nconnection: close\r\n"))
        let upgrade = try written(status: 426, fields: [("upgrade", "h2c"), ("connection", "upgrade")], bodyCount: 0)
        let lines = "content-length: 0\r\nconnection: keep-alive, upgrade\r\n"
        #expect(upgrade == "HTTP/1.1 426 Upgrade Required\r\nupgrade: h2c\r\ndate: now\r\n\(lines)\r\n")
    }

    @Test(
        "a field that could be read as several is refused, and nothing of the head is written",
        arguments: [
            ("a", "b\r\nc: d", ResponseError.fieldValue), ("a", "b\n", .fieldValue), ("a", "b\r", .fieldValue),
            ("a", "\0", .fieldValue), ("connection", "x\r\n", .fieldValue), ("a", "\u{7f}", .fieldValue),
            ("", "b", .fieldName), ("a b", "c", .fieldName), ("a:", "c", .fieldName), ("a\r\nb", "c", .fieldName),
            ("\u{e9}", "c", .fieldName), ("content-length", "+5", .contentLength),
            ("content-length", "", .contentLength),
            ("content-length", "99999999999999999999", .contentLength), ("content-length", "5, 5", .contentLength),
        ])
    func refused(name: String, value: String, error: ResponseError) {
        let response = WrittenResponse(field: (name.latin1, value.latin1), choice: 0)
        #expect(response.error == error)
        #expect(response.octets.isEmpty)
    }

    @Test("values are written unchanged")
    func octets() {
        let response = WrittenResponse(field: ("x".latin1, "\t\u{80}\u{ff} ".latin1), choice: 0)
        #expect(response.error == nil)
        #expect(response.octets.starts(with: "HTTP/1.1 200 OK\r\nx: \t\u{80}\u{ff} \r\n".latin1))
    }

    @Test("a repeated Content-Length is written once, a different one is refused")
    func lengths() throws {
        let twice = try written(fields: [("content-length", "1"), ("Content-Length", "01")], pieces: ["a"])
        #expect(twice == "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ndate: now\r\n\r\na")
        #expect(throws: ResponseError.contentLengthRepeated) {
            try written(fields: [("content-length", "1"), ("content-length", "2")])
        }
    }

    @Test("a body with another length than declared is refused, and the connection ends")
    func otherLength() throws {
        for (pieces, error) in [(["abc"], ResponseError.bodyTooLong), (["a"], .bodyTooShort)] {
            var buffer = OctetBuffer()
            var writer = ResponseWriter(isHead: false, minorVersion: 1, keepsAlive: true)
            try writer.begin(status: 200, into: &buffer)
            writer.endHead(bodyCount: 2, date: nothing, into: &buffer)
            let start = buffer.count
            #expect(throws: error) {
                for piece in pieces { try write(piece, &writer, &buffer) }
                try writer.end(into: &buffer)
            }
            #expect(!writer.keepsAlive)
            #expect(buffer.count - start < 2)
        }
    }

    @Test("a status that cannot end a response is refused", arguments: [-1, 0, 99, 101, 1_000])
    func status(status: Int) {
        #expect(throws: ResponseError.status) { try written(status: status) }
    }

    @Test("a status without a phrase has none")
    func phrase() throws {
        #expect(try written(status: 799, bodyCount: 0) == headWith("799 ", "content-length: 0\r\n"))
    }
}
