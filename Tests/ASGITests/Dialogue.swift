import ASGI
import Testing

/// An event of an HTTP exchange, as a value.
enum Event: Sendable {
    case start(Int = 200, length: Int? = nil, trailers: Bool = false)
    case body(Int = 0, more: Bool = false)
    case file
    case trailers(more: Bool = false)
    case interim
    case disconnect
    case finish
    case fail
}

/// The cycle's verdict on an event, as a value.
enum Reply: Equatable, Sendable {
    case verdict(HTTPCycle.Verdict)
    case refused(ASGIError.Kind, String)
    case ending(HTTPCycle.Ending)
    case fails(Bool)
    case nothing

    static let forward = Reply.verdict(.forward)
    static let withoutBody = Reply.verdict(.forwardWithoutBody)
    static let ignore = Reply.verdict(.ignore)
    static let disconnected = Reply.verdict(.disconnected)

    /// The error for a message at the wrong time.
    static func expected(_ wanted: String, got: String) -> Reply {
        .refused(.sequence, "Expected ASGI message 'http.response.\(wanted)', but got 'http.response.\(got)'.")
    }
}

extension HTTPCycle {
    /// Applies one event to the cycle.
    mutating func reply(to event: Event) -> Reply {
        do throws(ASGIError) {
            switch event {
            case .start(let status, let length, let trailers):
                return .verdict(try start(status: status, contentLength: length, trailers: trailers))
            case .body(let length, let more): return .verdict(try body(length: length, more: more))
            case .file: return .verdict(try file())
            case .trailers(let more): return .verdict(try trailers(more: more))
            case .interim: return .verdict(interim())
            case .disconnect:
                disconnect()
                return .nothing
            case .finish: return .ending(finish())
            case .fail: return .fails(fail())
            }
        } catch {
            return .refused(error.kind, error.message)
        }
    }
}

/// A dialogue with a cycle: each line has an event and the expected verdict.
struct Dialogue: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let isHead: Bool
    let lines: [(Event, Reply)]

    init(_ title: String, isHead: Bool = false, _ lines: [(Event, Reply)]) {
        testDescription = title
        self.isHead = isHead
        self.lines = lines
    }
}
