import HTTP1
import Testing

@testable import NativeServer

@Suite("The header traceparent")
struct TraceParentTests {
    private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let valid = "00-\(id)-00f067aa0ba902b7-01"

    @Test("a valid header gives its trace", arguments: [valid, "cc-\(id)-00f067aa0ba902b7-ff-more", "\(valid)-"])
    func taken(value: String) throws {
        try withHead("GET / HTTP/1.1\nHost: a\nTraceParent: \(value)") { head in
            #expect(TraceParent(of: head).map { String(decoding: $0.id, as: UTF8.self) } == Self.id)
        }
    }

    @Test(
        "an invalid header gives none",
        arguments: [
            "", "nonsense", "\(valid)x", "ff-\(id)-00f067aa0ba902b7-01", "0g-\(id)-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-\(id)-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "00-\(id)-00f067aa0ba902b7-0",
            "00_\(id)-00f067aa0ba902b7-01", "00-\(id)_00f067aa0ba902b7-01", "00-\(id)-00f067aa0ba902b7_01",
        ])
    func refused(value: String) {
        #expect(TraceParent(Array(value.utf8)) == nil)
    }

    @Test("several headers give none")
    func several() throws {
        try withHead("GET / HTTP/1.1\nHost: a\ntraceparent: \(Self.valid)\ntraceparent: \(Self.valid)") { head in
            #expect(TraceParent(of: head) == nil)
        }
    }
}
