import ASGI
import Testing

@Suite("HTTPCycle: every event in every state")
struct HTTPCycleTransitionTests {
    /// A state: the events that lead to it, and its properties.
    struct Place: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let path: [Event]
        var isStarted = true
        var isOver = true
        var isDisconnected = false
        /// The verdicts on `questions`, in order.
        let replies: [Reply]

        var cycle: HTTPCycle {
            var cycle = HTTPCycle()
            for event in path { _ = cycle.reply(to: event) }
            return cycle
        }
    }

    static let questions: [Event] = [.start(), .body(), .file, .trailers(), .interim, .disconnect, .finish, .fail]

    static let places = [
        Place(
            testDescription: "waiting", path: [], isStarted: false, isOver: false,
            replies: [
                .forward, .expected("start", got: "body"), .expected("start", got: "pathsend"),
                .expected("start", got: "trailers"), .forward, .nothing, .ending(.withoutResponse), .fails(true),
            ]),
        Place(
            testDescription: "started", path: [.start()], isOver: false,
            replies: [
                .expected("body", got: "start"), .forward, .forward, .expected("body", got: "trailers"), .forward,
                .nothing, .ending(.withoutCompletion), .fails(true),
            ]),
        Place(
            testDescription: "in the body", path: [.start(), .body(1, more: true)], isOver: false,
            replies: [
                .expected("body", got: "start"), .forward, .expected("body", got: "pathsend"),
                .expected("body", got: "trailers"), .forward, .nothing, .ending(.withoutCompletion), .fails(true),
            ]),
        Place(
            testDescription: "trailers are due", path: [.start(trailers: true), .body()], isOver: false,
            replies: [
                .expected("trailers", got: "start"), .expected("trailers", got: "body"),
                .expected("trailers", got: "pathsend"), .forward, .ignore, .nothing, .ending(.withoutCompletion),
                .fails(true),
            ]),
        Place(testDescription: "complete", path: [.start(), .body()], replies: over),
        Place(
            testDescription: "complete with trailers", path: [.start(trailers: true), .body(), .trailers()],
            replies: over),
        Place(testDescription: "complete with a file", path: [.start(), .file], replies: afterFile),
        Place(testDescription: "failed before the start", path: [.fail], isStarted: false, replies: over),
        Place(testDescription: "failed after the start", path: [.start(), .fail], replies: over),
        Place(testDescription: "returned without a response", path: [.finish], isStarted: false, replies: over),
        Place(
            testDescription: "disconnected before the start", path: [.disconnect], isStarted: false,
            isDisconnected: true, replies: left),
        Place(
            testDescription: "disconnected in the body", path: [.start(), .body(1, more: true), .disconnect],
            isDisconnected: true, replies: left),
    ]

    private static let over: [Reply] = [
        .ignore, .ignore, .ignore, .ignore, .ignore, .nothing, .ending(.complete), .fails(false),
    ]

    /// I12: a body after a file is a mistake, which its author should see.
    private static let afterFile: [Reply] = [
        .ignore,
        .refused(
            .sequence, "Unexpected ASGI message 'http.response.body' sent, after 'http.response.pathsend'."),
        .ignore, .ignore, .ignore, .nothing, .ending(.complete), .fails(false),
    ]

    private static let left: [Reply] = [
        .disconnected, .disconnected, .disconnected, .disconnected, .disconnected, .nothing, .ending(.complete),
        .fails(false),
    ]

    @Test("Each event has the expected verdict", arguments: places)
    func answers(_ place: Place) {
        for (event, reply) in zip(Self.questions, place.replies) {
            var cycle = place.cycle
            #expect(cycle.reply(to: event) == reply, "\(event)")
        }
    }

    @Test("The properties of each state are correct", arguments: places)
    func properties(_ place: Place) {
        let cycle = place.cycle
        #expect(cycle.isStarted == place.isStarted)
        #expect(cycle.isOver == place.isOver)
        #expect(cycle.isDisconnected == place.isDisconnected)
    }

    @Test("C7 C8 receive gives http.disconnect exactly when the exchange is over", arguments: places)
    func receive(_ place: Place) { #expect(place.cycle.receivesDisconnect == place.isOver) }

    @Test("A final state is never left", arguments: places.filter(\.isOver))
    func final(_ place: Place) {
        for event in Self.questions {
            var cycle = place.cycle
            _ = cycle.reply(to: event)
            #expect(cycle == place.cycle, "\(event)")
        }
    }

    @Test("A refused message changes nothing", arguments: places)
    func refusal(_ place: Place) {
        for event in Self.questions {
            var cycle = place.cycle
            if case .refused = cycle.reply(to: event) { #expect(cycle == place.cycle, "\(event)") }
        }
    }

    @Test("C9 a disconnect before the end ends the exchange", arguments: places.filter { !$0.isOver })
    func disconnection(_ place: Place) {
        var cycle = place.cycle
        cycle.disconnect()
        #expect(cycle.isDisconnected)
        #expect(cycle.receivesDisconnect)
    }
}
