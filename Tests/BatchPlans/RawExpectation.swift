import Mailbox
import TestHost

/// The expected answers to a call with a scope of any type.
final class RawExpectation: Expectation {
    /// Whether the scope is a valid value.
    private let isPossible: Bool
    /// The messages that must come back: the scope, and each event.
    private var expected: [Response.Message] = []
    /// Bytes of the events.
    private var credit = 0
    /// Whether later events are ignored, because the application was told to end, or an event was invalid.
    private var isEnded = false
    private var isBroken = false
    /// Whether an invalid event followed, which the application may or may not have received in time.
    private var mayBeBroken = false

    /// - Parameter scope: the value of the request's body; `nil` if it is invalid.
    init(slot: UInt32, application: PlannedApplication, request: Request, scope: RawValue?) {
        isPossible = scope != nil
        if let scope { expected = scope.echoed(in: "scope") }
        super.init(slot: slot, application: application, request: request)
    }

    /// Records an event.
    ///
    /// - Parameter value: `nil` for octets that are not a value.
    func sent(event value: RawValue?, length: Int, isLast: Bool) {
        guard !hasDisconnected else { return }
        guard !isEnded else {
            mayBeBroken = mayBeBroken || value == nil
            return
        }
        credit += length
        isBroken = value == nil
        isEnded = isLast || isBroken
        if let value, !isLast { expected += value.echoed(in: "echo") }
    }

    override func isComplete(_ response: Response) -> Bool {
        response.isFinished || (isPossible && !isEnded && response.messages.count >= expected.count)
    }

    override func check(_ response: Response) throws {
        guard isPossible else { return try checkRefused(response, code: "ERR_ASGI_INVALID_EVENT") }
        let isBroken = isBroken || (mayBeBroken && response.failure != nil)
        let isWhole = (!hasDisconnected || hasDisconnectedLast) && !isBroken
        try expect(
            isWhole ? response.messages == expected : expected.starts(with: response.messages),
            "messages \(response.messages) instead of \(expected)")
        try expect(
            isWhole ? response.credit == credit : response.credit <= credit, "credit \(response.credit) of \(credit)")
        try expect(response.status == nil && response.chunks.isEmpty && !response.isAccepted, "\(response)")
        if isBroken {
            if !hasDisconnected || response.failure != nil { try expectFailure(response, "ERR_ASGI_INVALID_EVENT") }
            return
        }
        try expect(response.failure == nil, "failed: \(response.failure ?? "")")
        if let closing = response.closing {
            try expect(isEnded && closing == (0, ""), "closed with \(closing)")
        } else {
            try expect(hasDisconnected, "was not closed")
        }
    }
}
