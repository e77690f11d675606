import ASGI
import Testing

@Suite("HTTPCycle")
struct HTTPCycleTests {
    /// Complete responses, and the ways in which they fail.
    static let dialogues = [
        Dialogue(
            "D1 a start and a body make a response",
            [(.start(), .forward), (.body(5), .forward), (.finish, .ending(.complete))]),
        Dialogue(
            "D14 more_body keeps the response open",
            [(.start(), .forward), (.body(5, more: true), .forward), (.body(), .forward), (.body(), .ignore)]),
        Dialogue(
            "D16 messages after the response is complete are ignored",
            [
                (.start(), .forward), (.body(), .forward), (.start(), .ignore), (.body(9), .ignore), (.file, .ignore),
                (.trailers(), .ignore), (.interim, .ignore), (.finish, .ending(.complete)),
            ]),
        Dialogue(
            "D17 a body before the start is refused, and the response can still begin",
            [(.body(), .expected("start", got: "body")), (.start(), .forward), (.body(), .forward)]),
        Dialogue(
            "D18 a second start is refused, and the response goes on",
            [(.start(), .forward), (.start(), .expected("body", got: "start")), (.body(), .forward)]),
        Dialogue(
            "D19 an application that returns at once has sent no response", [(.finish, .ending(.withoutResponse))]),
        Dialogue(
            "D20 an application that returns after the start has not completed its response",
            [(.start(), .forward), (.finish, .ending(.withoutCompletion)), (.body(), .ignore)]),
        Dialogue(
            "D20 an application that returns in the middle of the body has not completed its response",
            [(.start(), .forward), (.body(3, more: true), .forward), (.finish, .ending(.withoutCompletion))]),
        Dialogue(
            "D21 an exception before the start fails the exchange", [(.fail, .fails(true)), (.fail, .fails(false))]),
        Dialogue(
            "D22 an exception after the start fails the exchange",
            [(.start(), .forward), (.body(1, more: true), .forward), (.fail, .fails(true))]),
        Dialogue(
            "D29 an exception after the response is complete does not fail it",
            [(.start(), .forward), (.body(), .forward), (.fail, .fails(false))]),
        Dialogue(
            "D30 each message after a disconnect gets the verdict disconnected",
            [
                (.start(), .forward), (.disconnect, .nothing), (.start(), .disconnected), (.body(), .disconnected),
                (.file, .disconnected), (.trailers(), .disconnected), (.interim, .disconnected),
                (.finish, .ending(.complete)),
            ]),
        Dialogue(
            "D31 an exception after a disconnect does not fail the exchange",
            [(.disconnect, .nothing), (.fail, .fails(false)), (.finish, .ending(.complete))]),
        Dialogue(
            "C7 a disconnect after the response is complete changes nothing",
            [(.start(), .forward), (.body(), .forward), (.disconnect, .nothing), (.body(), .ignore)]),
        Dialogue(
            "I16 announced trailers keep the response open after the last body",
            [
                (.start(trailers: true), .forward), (.body(), .forward), (.body(), .expected("trailers", got: "body")),
                (.trailers(), .forward), (.finish, .ending(.complete)),
            ]),
        Dialogue(
            "I16 a response whose trailers do not come is not complete",
            [(.start(trailers: true), .forward), (.body(), .forward), (.finish, .ending(.withoutCompletion))]),
        Dialogue(
            "I17 trailers may come in several messages",
            [
                (.start(trailers: true), .forward), (.body(), .forward), (.trailers(more: true), .forward),
                (.trailers(more: true), .forward), (.trailers(), .forward), (.trailers(), .ignore),
            ]),
        Dialogue(
            "I17 trailers before the body is complete are refused",
            [
                (.start(trailers: true), .forward), (.body(1, more: true), .forward),
                (.trailers(), .expected("body", got: "trailers")), (.body(), .forward), (.trailers(), .forward),
            ]),
        Dialogue(
            "I17 trailers that were not announced are ignored once the body is complete",
            [(.start(), .forward), (.body(), .forward), (.trailers(), .ignore)]),
        Dialogue(
            "I11 a file completes the response",
            [(.start(), .forward), (.file, .forward), (.finish, .ending(.complete))]),
        Dialogue(
            "I12 a file after a body is refused",
            [
                (.start(), .forward), (.body(1, more: true), .forward), (.file, .expected("body", got: "pathsend")),
                (.body(), .forward),
            ]),
        Dialogue(
            "I11 a file before announced trailers leaves the response open for them",
            [
                (.start(trailers: true), .forward), (.file, .forward), (.file, .expected("trailers", got: "pathsend")),
                (.trailers(), .forward), (.finish, .ending(.complete)),
            ]),
        Dialogue(
            "I15 early hints are passed on until the body is complete",
            [
                (.interim, .forward), (.interim, .forward), (.start(trailers: true), .forward), (.interim, .forward),
                (.body(1, more: true), .forward), (.interim, .forward), (.body(), .forward), (.interim, .ignore),
            ]),
    ]

    @Test("Each event of a dialogue has the expected verdict", arguments: dialogues)
    func conversation(_ dialogue: Dialogue) {
        var cycle = HTTPCycle(isHead: dialogue.isHead)
        for (number, line) in dialogue.lines.enumerated() {
            #expect(cycle.reply(to: line.0) == line.1, "line \(number + 1): \(line.0)")
        }
    }

    @Test("D3 every status from 200 to 999 may start a response", arguments: [200, 299, 404, 418, 599, 999])
    func statusInRange(_ status: Int) {
        var cycle = HTTPCycle()
        #expect(cycle.reply(to: .start(status)) == .forward)
        #expect(cycle.isStarted)
    }

    @Test(
        "D3 an invalid status is refused and starts nothing",
        arguments: [Int.min, -1, 0, 99, 100, 101, 103, 199, 1000, Int.max])
    func statusOutOfRange(_ status: Int) {
        var cycle = HTTPCycle()
        let text = "'status' of 'http.response.start' must be from 200 to 999, got \(status)"
        #expect(cycle.reply(to: .start(status)) == .refused(.value, text))
        #expect(!cycle.isStarted)
        #expect(cycle.reply(to: .start(200)) == .forward)
    }
}
