import ASGI
import Testing

@Suite("LifespanCycle")
struct LifespanCycleTests {
    enum Event: Sendable {
        case receive
        case send(String, String = "")
        case shutdown
        case finish(error: String? = nil)
    }

    enum Reply: Equatable, Sendable {
        case event(String?)
        case outcome(LifespanCycle.Outcome)
        case refused(ASGIError.Kind, String)
        case waits(Bool)

        static func late(_ type: String) -> Reply {
            .refused(.sequence, "Got invalid state transition on lifespan protocol: '\(type)' after startup.")
        }

        static func early(_ type: String) -> Reply {
            .refused(.sequence, "Got invalid state transition on lifespan protocol: '\(type)' without shutdown.")
        }
    }

    struct Dialogue: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let lines: [(Event, Reply)]

        init(_ title: String, _ lines: [(Event, Reply)]) {
            testDescription = title
            self.lines = lines
        }
    }

    private static let started = "lifespan.startup.complete"
    private static let startFailed = "lifespan.startup.failed"
    private static let stopped = "lifespan.shutdown.complete"
    private static let stopFailed = "lifespan.shutdown.failed"

    private static let running: [(Event, Reply)] = [
        (.receive, .event("lifespan.startup")), (.send(started), .outcome(.started)),
    ]
    private static let stopping = running + [(.shutdown, .waits(true)), (.receive, .event("lifespan.shutdown"))]

    static let dialogues = [
        Dialogue(
            "H3 H9 startup and shutdown, each received once",
            stopping + [
                (.receive, .event(nil)), (.send(stopped), .outcome(.stopped)), (.finish(), .outcome(.none)),
                (.receive, .event(nil)),
            ]),
        Dialogue("H4 nothing is received between startup and shutdown", running + [(.receive, .event(nil))]),
        Dialogue(
            "H3 startup may be complete before it was received",
            [(.send(started), .outcome(.started)), (.receive, .event(nil))]),
        Dialogue(
            "H5 an application that raises does not support lifespan", [(.finish(error: "no"), .outcome(.unsupported))]),
        Dialogue(
            "H5 an application that raises after it has received startup does not support lifespan",
            [(.receive, .event("lifespan.startup")), (.finish(error: "no"), .outcome(.unsupported))]),
        Dialogue(
            "H6 startup.failed refuses to serve, with the application's message",
            [
                (.receive, .event("lifespan.startup")),
                (.send(startFailed, "no database"), .outcome(.startupFailed("no database"))),
                (.shutdown, .waits(false)), (.finish(error: "anything"), .outcome(.none)),
            ]),
        Dialogue("H7 startup.failed needs no message", [(.send(startFailed), .outcome(.startupFailed("")))]),
        Dialogue(
            "H10 shutdown.failed is reported with the application's message",
            stopping + [
                (.send(stopFailed, "stuck"), .outcome(.shutdownFailed("stuck"))), (.finish(), .outcome(.none)),
            ]),
        Dialogue(
            "H10 an exception at shutdown is a failure",
            stopping + [(.finish(error: "no"), .outcome(.shutdownFailed("no")))]),
        Dialogue(
            "H15 an application that returns at once does not support lifespan", [(.finish(), .outcome(.unsupported))]),
        Dialogue(
            "H15 an application that returns after startup is not waited for",
            running + [(.finish(), .outcome(.none)), (.shutdown, .waits(false)), (.receive, .event(nil))]),
        Dialogue(
            "H15 an application that returns at shutdown has shut down", stopping + [(.finish(), .outcome(.stopped))]),
        Dialogue("H8 a second shutdown is not waited for", stopping + [(.shutdown, .waits(false))]),
        Dialogue("H8 a shutdown before startup is complete is not waited for", [(.shutdown, .waits(false))]),
        Dialogue("H16 a second startup.complete is refused", running + [(.send(started), .late(started))]),
        Dialogue(
            "H16 startup.failed after startup.complete is refused", running + [(.send(startFailed), .late(startFailed))]
        ),
        Dialogue("H16 startup.complete at shutdown is refused", stopping + [(.send(started), .late(started))]),
        Dialogue("H16 shutdown.complete before startup is refused", [(.send(stopped), .early(stopped))]),
        Dialogue("H16 shutdown.complete without shutdown is refused", running + [(.send(stopped), .early(stopped))]),
        Dialogue(
            "H16 shutdown.failed without shutdown is refused", running + [(.send(stopFailed), .early(stopFailed))]),
        Dialogue(
            "H16 a second shutdown.complete is refused",
            stopping + [(.send(stopped), .outcome(.stopped)), (.send(stopped), .early(stopped))]),
        Dialogue(
            "H16 startup.complete after startup.failed is refused",
            [(.send(startFailed), .outcome(.startupFailed(""))), (.send(started), .late(started))]),
        Dialogue(
            "A11 a message that is not of lifespan is refused",
            [
                (
                    .send("http.response.start"),
                    .refused(.value, "Expected a lifespan message, but got 'http.response.start'.")
                )
            ]),
        Dialogue(
            "H16 a refused message changes nothing",
            [
                (.send(stopped), .early(stopped)),
                (.send("x"), .refused(.value, "Expected a lifespan message, but got 'x'.")),
            ]
                + stopping + [(.send(started), .late(started)), (.send(stopped), .outcome(.stopped))]),
    ]

    @Test("Each event of a dialogue has the expected verdict", arguments: dialogues)
    func conversation(_ dialogue: Dialogue) {
        var cycle = LifespanCycle()
        for (number, line) in dialogue.lines.enumerated() {
            #expect(Self.reply(of: &cycle, to: line.0) == line.1, "line \(number + 1): \(line.0)")
        }
    }

    private static func reply(of cycle: inout LifespanCycle, to event: Event) -> Reply {
        do throws(ASGIError) {
            switch event {
            case .receive: return .event(cycle.receive().map { "\($0)" })
            case .send(let type, let message): return .outcome(try cycle.send(type, message: message))
            case .shutdown: return .waits(cycle.shutdown())
            case .finish(let error): return .outcome(cycle.finish(error: error))
            }
        } catch {
            return .refused(error.kind, error.message)
        }
    }
}
