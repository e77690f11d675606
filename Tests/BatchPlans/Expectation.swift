import Mailbox
import TestHost

/// The commands that were sent for one exchange, and the answers that must result.
///
/// A class, because the writer of the commands and the validator of the answers share it.
class Expectation {
    let slot: UInt32
    let application: PlannedApplication
    let request: Request
    /// Whether the client has disconnected before the end, as far as is known.
    private(set) var hasDisconnected = false
    /// Whether it disconnected after all possible answers had arrived.
    private(set) var hasDisconnectedLast = false

    init(slot: UInt32, application: PlannedApplication, request: Request) {
        self.slot = slot
        self.application = application
        self.request = request
    }

    /// Records a disconnect.
    func disconnect(last: Bool, code: Int, reason: String) {
        guard !hasDisconnected else { return }
        hasDisconnected = true
        hasDisconnectedLast = last
    }

    /// Records a piece of the body.
    func sentBody(_ bytes: [UInt8], end: Bool) {}

    /// Records a message.
    func sent(_ message: Response.Message) {}

    /// The disconnect that a WebSocket's application may have noticed, and whether it must have.
    var ending: (octets: [UInt8], isCertain: Bool)? { nil }

    /// Sends the remaining commands, so that the exchange can end.
    func finish(_ client: Client, _ response: Response) {}

    /// Whether all answers that are possible before a disconnect have arrived.
    func isComplete(_ response: Response) -> Bool { response.isFinished }

    /// Validates the answers.
    func check(_ response: Response) throws {}

    /// Whether the application's exception may be reported, because no caller waits for it.
    var mayReport: Bool { false }

    // MARK: - For checks

    func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        guard !condition else { return }
        let disconnects = "disconnected \(hasDisconnected), only last \(hasDisconnectedLast)"
        let description = "slot \(slot), \(application.rawValue), \(request), \(disconnects)"
        throw TestFailure("\(description): \(what())")
    }

    func expectFailure(_ response: Response, _ texts: String...) throws {
        let failure = response.failure ?? "none"
        try expect(texts.allSatisfy { failure.contains($0) }, "failed with \(failure) instead of \(texts)")
    }

    /// Expects that an invalid request was refused, with no answer before.
    func checkRefused(_ response: Response, code: String) throws {
        try expectFailure(response, code)
        try expect(isSilent(response) && response.credit == 0, "was refused and answered: \(response)")
    }

    func isSilent(_ response: Response) -> Bool {
        response.status == nil && response.chunks.isEmpty && response.interim.isEmpty && !response.isAccepted
            && response.messages.isEmpty && response.closing == nil && !response.isComplete
    }
}
