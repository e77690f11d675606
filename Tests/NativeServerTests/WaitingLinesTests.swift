import HTTP1
import Testing

@testable import NativeServer

@Suite("Waiting access log lines")
struct WaitingLinesTests {
    private func taken(_ lines: WaitingLines) -> (text: String, leftOut: Int) {
        var leftOut = 0
        let text = written { leftOut = lines.take(into: &$0) }
        return (text, leftOut)
    }

    @Test("lines are reported once until they are taken, and not while there are none")
    func reported() {
        let lines = WaitingLines()
        #expect(!lines.announce())
        _ = lines.add { $0.append("one\n") }
        #expect(lines.announce())
        _ = lines.add { $0.append("two\n") }
        #expect(!lines.announce())
        #expect(taken(lines) == ("one\ntwo\n", 0))
        #expect(taken(lines) == ("", 0))
        #expect(!lines.announce())
        _ = lines.add { $0.append("three\n") }
        #expect(lines.announce())
    }

    @Test("many lines are reported at once, and only once")
    func many() {
        let lines = WaitingLines()
        var count = 1
        while !lines.add({ $0.append("a line of some length\n") }) { count += 1 }
        #expect(count > 1)
        #expect(lines.announce())
        #expect(!lines.add { $0.append("one more\n") })
    }

    @Test("if lines are not taken, their number is limited, and further ones are counted")
    func bounded() {
        let lines = WaitingLines(limit: 8)
        for _ in 1...5 { _ = lines.add { $0.append("four\n") } }
        #expect(taken(lines) == ("four\nfour\n", 3))
        _ = lines.add { $0.append("five\n") }
        #expect(taken(lines) == ("five\n", 0))
    }
}
