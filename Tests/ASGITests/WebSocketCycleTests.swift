import ASGI
import Testing

@Suite("WebSocketCycle")
struct WebSocketCycleTests {
    enum Event: Sendable {
        case accept
        case send
        case close(Int = 1000)
        case deny
        case denied
        case disconnect
        case finish
        case fail
    }

    enum Reply: Equatable, Sendable {
        case verdict(WebSocketCycle.Verdict)
        case refused(ASGIError.Kind)
        case ending(WebSocketCycle.Ending)
        case news(Bool)
        case nothing
    }

    /// A state: the events that lead to it, and the verdicts on `questions`, in order.
    struct Place: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let path: [Event]
        var isOver = false
        var isDisconnected = false
        let replies: [Reply]

        var cycle: WebSocketCycle {
            var cycle = WebSocketCycle()
            for event in path { _ = WebSocketCycleTests.reply(of: &cycle, to: event) }
            return cycle
        }
    }

    static let questions: [Event] = [.accept, .send, .close(), .deny, .denied, .disconnect, .finish, .fail]

    private static let over: [Reply] = [
        .verdict(.disconnected), .verdict(.disconnected), .verdict(.disconnected), .verdict(.disconnected), .nothing,
        .news(false), .ending(.complete), .news(false),
    ]

    static let places = [
        Place(
            testDescription: "connecting", path: [],
            replies: [
                .verdict(.forward), .refused(.sequence), .verdict(.refuse), .verdict(.forward), .nothing, .news(true),
                .ending(.withoutAnswer), .news(true),
            ]),
        Place(
            testDescription: "open", path: [.accept],
            replies: [
                .refused(.sequence), .verdict(.forward), .verdict(.forward), .refused(.sequence), .nothing, .news(true),
                .ending(.open), .news(true),
            ]),
        Place(
            testDescription: "denying", path: [.deny],
            replies: [
                .refused(.sequence), .refused(.sequence), .refused(.sequence), .refused(.sequence), .nothing,
                .news(true), .ending(.withoutCompletion), .news(true),
            ]),
        Place(testDescription: "closed", path: [.accept, .close()], isOver: true, replies: over),
        Place(testDescription: "refused", path: [.close()], isOver: true, replies: over),
        Place(testDescription: "denied", path: [.deny, .denied], isOver: true, replies: over),
        Place(testDescription: "returned", path: [.accept, .finish], isOver: true, replies: over),
        Place(testDescription: "failed", path: [.accept, .fail], isOver: true, replies: over),
        Place(
            testDescription: "disconnected before the answer", path: [.disconnect], isOver: true, isDisconnected: true,
            replies: over),
        Place(
            testDescription: "disconnected when open", path: [.accept, .disconnect], isOver: true, isDisconnected: true,
            replies: over),
    ]

    @Test("F14 F15 G8 G15 G16 I3 each event has the expected verdict in each state", arguments: places)
    func answers(_ place: Place) {
        for (event, reply) in zip(Self.questions, place.replies) {
            var cycle = place.cycle
            #expect(WebSocketCycleTests.reply(of: &cycle, to: event) == reply, "\(event)")
            if case .refused = reply { #expect(cycle == place.cycle, "\(event) changed the state") }
            if place.isOver { #expect(cycle == place.cycle, "\(event) left a final state") }
        }
    }

    @Test("The properties of each state are correct", arguments: places)
    func properties(_ place: Place) {
        let cycle = place.cycle
        #expect(cycle.isOver == place.isOver)
        #expect(cycle.isDisconnected == place.isDisconnected)
        #expect(cycle.isDenying == (place.testDescription == "denying"))
        let hasAccepted = place.path.contains { if case .accept = $0 { true } else { false } }
        #expect(cycle.isAccepted == hasAccepted)
    }

    @Test(
        "G9 G18 only codes that a close frame may carry are accepted",
        arguments: [
            (1000, true), (1001, true), (1003, true), (1007, true), (1011, true), (1014, true), (3000, true),
            (4000, true), (4999, true), (-1, false), (0, false), (999, false), (1004, false), (1005, false),
            (1006, false), (1015, false), (1016, false), (2999, false), (5000, false), (65_536, false),
        ])
    func codes(_ code: Int, _ isAllowed: Bool) {
        var cycle = WebSocketCycleTests.places[1].cycle
        let expected: Reply = isAllowed ? .verdict(.forward) : .refused(.value)
        #expect(WebSocketCycleTests.reply(of: &cycle, to: .close(code)) == expected)
        #expect(cycle.isOver == isAllowed)
    }

    @Test("G8 a handshake is refused whatever the code", arguments: [1000, 1006, 4000])
    func refusal(_ code: Int) {
        var cycle = WebSocketCycle()
        #expect(WebSocketCycleTests.reply(of: &cycle, to: .close(code)) == .verdict(.refuse))
    }

    fileprivate static func reply(of cycle: inout WebSocketCycle, to event: Event) -> Reply {
        do throws(ASGIError) {
            switch event {
            case .accept: return .verdict(try cycle.accept())
            case .send: return .verdict(try cycle.send())
            case .close(let code): return .verdict(try cycle.close(code: code))
            case .deny: return .verdict(try cycle.deny())
            case .denied:
                cycle.denied()
                return .nothing
            case .disconnect: return .news(cycle.disconnect())
            case .finish: return .ending(cycle.finish())
            case .fail: return .news(cycle.fail())
            }
        } catch {
            return .refused(error.kind)
        }
    }
}
