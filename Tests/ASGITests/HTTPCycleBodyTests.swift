import ASGI
import Testing

@Suite("HTTPCycle: bodies")
struct HTTPCycleBodyTests {
    private static let longer = Reply.refused(.sequence, "Response content longer than Content-Length")
    private static let shorter = Reply.refused(.sequence, "Response content shorter than Content-Length")

    static let lengths = [
        Dialogue("the declared length at once", [(.start(length: 5), .forward), (.body(5), .forward)]),
        Dialogue(
            "the declared length in pieces",
            [(.start(length: 5), .forward), (.body(2, more: true), .forward), (.body(3), .forward)]),
        Dialogue(
            "the declared length, then an empty last piece",
            [(.start(length: 5), .forward), (.body(5, more: true), .forward), (.body(), .forward)]),
        Dialogue("an empty body of declared length 0", [(.start(length: 0), .forward), (.body(), .forward)]),
        Dialogue("a longer body", [(.start(length: 5), .forward), (.body(6), longer)]),
        Dialogue(
            "a longer body in pieces",
            [(.start(length: 5), .forward), (.body(5, more: true), .forward), (.body(1, more: true), longer)]),
        Dialogue("a body of declared length 0", [(.start(length: 0), .forward), (.body(1, more: true), longer)]),
        Dialogue("a shorter body", [(.start(length: 5), .forward), (.body(4), shorter)]),
        Dialogue(
            "a shorter body in pieces",
            [(.start(length: 5), .forward), (.body(4, more: true), .forward), (.body(), shorter)]),
        Dialogue(
            "a refused body can be replaced by a right one",
            [(.start(length: 5), .forward), (.body(6), longer), (.body(4), shorter), (.body(5), .forward)]),
        Dialogue(
            "a refused body that is not replaced",
            [(.start(length: 5), .forward), (.body(6), longer), (.finish, .ending(.withoutCompletion))]),
        Dialogue("any length if none was declared", [(.start(), .forward), (.body(1 << 40), .forward)]),
        Dialogue("a file is not measured", [(.start(length: 5), .forward), (.file, .forward)]),
    ]

    @Test("D24 a declared content-length is enforced", arguments: lengths)
    func contentLength(_ dialogue: Dialogue) { check(dialogue) }

    @Test("D25 the body of a response to HEAD is accepted and not sent")
    func head() {
        check(
            Dialogue(
                "HEAD", isHead: true,
                [
                    (.start(length: 5), .forward), (.body(3, more: true), .withoutBody), (.body(9), .withoutBody),
                    (.finish, .ending(.complete)),
                ]))
    }

    @Test("D25 a response to HEAD need not have the declared length")
    func headWithoutBody() {
        check(Dialogue("HEAD", isHead: true, [(.start(length: 5), .forward), (.body(), .withoutBody)]))
    }

    @Test("D25 a file in response to HEAD is not sent")
    func headWithFile() {
        check(Dialogue("HEAD", isHead: true, [(.start(), .forward), (.file, .withoutBody)]))
    }

    @Test("D26 the body of a status that has none is accepted and not sent", arguments: [204, 304])
    func statusWithoutBody(_ status: Int) {
        check(
            Dialogue(
                "\(status)",
                [
                    (.start(status, length: 5), .forward), (.body(3, more: true), .withoutBody),
                    (.body(1), .withoutBody), (.finish, .ending(.complete)),
                ]))
    }

    @Test("D26 every other status has a body", arguments: [200, 201, 203, 205, 206, 303, 305, 404, 500])
    func statusWithBody(_ status: Int) {
        check(Dialogue("\(status)", [(.start(status), .forward), (.body(3), .forward)]))
    }

    private func check(_ dialogue: Dialogue) {
        var cycle = HTTPCycle(isHead: dialogue.isHead)
        for (number, line) in dialogue.lines.enumerated() {
            #expect(cycle.reply(to: line.0) == line.1, "line \(number + 1): \(line.0)")
        }
    }
}
