import Mailbox
import TestHost

/// What was sent to one exchange, and what has to have come of it when it is over.
///
/// A class, because whoever writes the commands and whoever judges the answers share it.
class Course {
    let slot: UInt32
    let application: PlannedApplication
    let request: Request
    /// The client has left before the exchange was over, as far as is known.
    private(set) var hasLeft = false
    /// Whether that was only when everything had come that could.
    private(set) var hasLeftLast = false

    init(slot: UInt32, application: PlannedApplication, request: Request) {
        self.slot = slot
        self.application = application
        self.request = request
    }

    /// The client leaves.
    func leave(last: Bool, code: Int, reason: String) {
        guard !hasLeft else { return }
        hasLeft = true
        hasLeftLast = last
    }

    /// A piece of the body was sent.
    func sentBody(_ bytes: [UInt8], end: Bool) {}

    /// A message was sent.
    func sent(_ message: Response.Message) {}

    /// What an application has to have seen of the client's leaving, whether it must, for sockets.
    var ending: (octets: [UInt8], isCertain: Bool)? { nil }

    /// What is still to be sent before the exchange can end by itself.
    func finish(_ client: Client, _ response: Response) {}

    /// Whether all has come that can come before the client leaves.
    func isComplete(_ response: Response) -> Bool { response.isFinished }

    /// Judges what has come.
    func judge(_ response: Response) throws {}

    /// Whether the application raises, and nobody waits for what: it is reported then.
    var mayReport: Bool { false }

    // MARK: - For judging

    func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        guard !condition else { return }
        let course = "slot \(slot), \(application.rawValue), \(request), left \(hasLeft), only last \(hasLeftLast)"
        throw TestFailure("\(course): \(what())")
    }

    func expectFailure(_ response: Response, _ texts: String...) throws {
        let failure = response.failure ?? "none"
        try expect(texts.allSatisfy { failure.contains($0) }, "failed with \(failure) instead of \(texts)")
    }

    /// A request that cannot be is refused, with nothing before it.
    func judgeRefused(_ response: Response, code: String) throws {
        try expectFailure(response, code)
        try expect(isSilent(response) && response.credit == 0, "was refused and answered: \(response)")
    }

    func isSilent(_ response: Response) -> Bool {
        response.status == nil && response.chunks.isEmpty && response.interim.isEmpty && !response.isAccepted
            && response.messages.isEmpty && response.closing == nil && !response.isComplete
    }
}
