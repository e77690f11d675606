import HTTP1
import Testing

/// A parser that a test can examine between its steps.
private final class Steps {
    private var parser = RequestParser()

    var isInMessage: Bool { parser.isInMessage }
    var isHead: Bool { parser.head.isHead }
    var head: [UInt8] { Array(parser.head.octets) }

    func next(_ octets: UnsafeRawBufferPointer, used: inout Int) throws -> RequestParser.Event {
        try parser.next(octets, used: &used)
    }

    /// One step: the event that it finds, and how many octets it uses.
    func step(_ octets: [UInt8]) throws -> (event: String, used: Int) {
        try octets.withUnsafeBytes { octets in
            var used = 0
            switch try next(octets, used: &used) {
            case .needsMore: return ("needs more", used)
            case .head: return ("head", used)
            case .body(let piece): return ("body \(String(decoding: piece, as: UTF8.self))", used)
            case .end: return ("end", used)
            }
        }
    }
}

@Suite("A parser, step by step")
struct StepTests {
    @Test("nothing after an event is read")
    func stops() throws {
        let parser = Steps()
        let head = request("POST / HTTP/1.1", "Content-Length: 3").latin1
        #expect(try parser.step(head + "abcd".latin1) == ("head", head.count))
        #expect(try parser.step("abcd".latin1) == ("body abc", 3))
        #expect(try parser.step("d".latin1) == ("end", 0))
        #expect(!parser.isInMessage)
        #expect(try parser.step([]) == ("needs more", 0))
    }

    @Test("a request without a body ends without another octet")
    func noBody() throws {
        let parser = Steps()
        let head = request().latin1
        #expect(try parser.step(head) == ("head", head.count))
        #expect(parser.isInMessage)
        #expect(try parser.step([]) == ("end", 0))
    }

    @Test("pieces of the body are in the memory of the input")
    func pieces() throws {
        let parser = Steps()
        _ = try parser.step(request("POST / HTTP/1.1", "Transfer-Encoding: chunked").latin1)
        try "5\r\nabcde\r\n0\r\n\r\n".latin1.withUnsafeBytes { octets in
            var used = 0
            guard case .body(let piece) = try parser.next(octets, used: &used) else {
                Issue.record("no body")
                return
            }
            #expect(piece.baseAddress == octets.baseAddress.map { $0 + 3 })
            #expect(piece.count == 5)
            #expect(used == 8)
        }
    }

    @Test("a head that arrives in pieces is whole and unchanged")
    func inPieces() throws {
        let parser = Steps()
        #expect(try parser.step("\r\nGET / HT".latin1) == ("needs more", 10))
        #expect(try parser.step("TP/1.1\r\nhO".latin1) == ("needs more", 10))
        #expect(parser.isInMessage)
        #expect(try parser.step("st: a\r\n\r\nGET".latin1) == ("head", 9))
        #expect(parser.head == "GET / HTTP/1.1\r\nhOst: a\r\n\r\n".latin1)
    }

    @Test("an error between two requests is not answered like a HEAD request")
    func errorBetween() throws {
        let parser = Steps()
        #expect(try parser.step(request("HEAD / HTTP/1.1").latin1).event == "head")
        #expect(parser.isHead)
        #expect(try parser.step([]).event == "end")
        #expect(throws: RequestError.bareCarriageReturn) { try parser.step("\rG".latin1) }
        #expect(!parser.isHead)
    }
}
