import Mailbox
import TestHost

/// The expected answers for a WebSocket.
final class WebSocketExpectation: Expectation {
    private var messages: [Response.Message] = []
    private var lastDisconnect = (code: 0, reason: "")
    private var wasGreeted = false

    private lazy var greeting = Response.Message.bytes(
        ScopeOctets.expected(request, rootPath: application.rootPath))
    private lazy var isPossible = ScopeOctets.isPossible(request)

    override func sent(_ message: Response.Message) {
        if !hasDisconnected { messages.append(message) }
    }

    override func disconnect(last: Bool, code: Int, reason: String) {
        if !hasDisconnected { lastDisconnect = (code, reason) }
        super.disconnect(last: last, code: code, reason: reason)
    }

    /// The messages that the application sends without a disturbance.
    private var expected: [Response.Message] {
        switch application {
        case .echoMessages: [greeting] + messages
        case .refuses, .denies: []
        default: [greeting]
        }
    }

    override func isComplete(_ response: Response) -> Bool {
        if response.isFinished { return true }
        // Only the client ends these.
        let waits = application == .echoMessages || (application == .closes && messages.isEmpty)
        return isPossible && waits && response.messages.count >= expected.count
    }

    override var ending: (octets: [UInt8], isCertain: Bool)? {
        guard application == .echoMessages, hasDisconnected, isPossible else { return nil }
        let path = ScopeOctets.rawPath(request, rootPath: application.rootPath)
        return (
            ScopeOctets.octets([Array("\(lastDisconnect.code)".utf8), Array(lastDisconnect.reason.utf8), path]),
            wasGreeted
        )
    }

    override var mayReport: Bool { application == .raisesAccepted && hasDisconnected }

    override func check(_ response: Response) throws {
        if let code = ScopeOctets.refusal(request) { return try checkRefused(response, code: code) }
        wasGreeted = !response.messages.isEmpty
        let isWhole = !hasDisconnected || hasDisconnectedLast
        switch application {
        case .refuses: try checkRefusal(response, isWhole: isWhole)
        case .denies: try checkDenial(response, isWhole: isWhole)
        default: try checkAccepted(response, isWhole: isWhole)
        }
    }

    private func checkAccepted(_ response: Response, isWhole: Bool) throws {
        try expect(response.status == nil && response.chunks.isEmpty && !response.isComplete, "denied: \(response)")
        if isWhole || wasGreeted { try expect(response.isAccepted, "was not accepted") }
        if response.isAccepted {
            let offered = ScopeOctets.subprotocols(request).first ?? ""
            let subprotocol = ScopeOctets.latin1(response.subprotocol)
            try expect(subprotocol == Array(offered.utf8), "subprotocol \(response.subprotocol), not \(offered)")
            let headers = response.headers.map(\.description)
            try expect(headers == ["x-kind: socket"], "headers \(headers)")
        }
        let expected = expected
        try expect(
            isWhole ? response.messages == expected : expected.starts(with: response.messages),
            "messages \(response.messages) instead of \(expected)")
        try checkEnd(response, isWhole: isWhole)
    }

    private func checkEnd(_ response: Response, isWhole: Bool) throws {
        let closing = response.closing.map { "\($0.code) \($0.reason)" }
        var credit = 0
        switch application {
        case .closes where !messages.isEmpty:
            credit = WebSocketExpectation.length(messages[0])
            try expect(closing == "3999 genug \u{2713}" || (!isWhole && closing == nil), "closed with \(closing ?? "")")
        case .returns: try expect(closing == "1000 " || (!isWhole && closing == nil), "closed with \(closing ?? "")")
        default:
            credit = messages.reduce(0) { $0 + WebSocketExpectation.length($1) }
            try expect(closing == nil, "closed with \(closing ?? "")")
        }
        if [.returns, .raisesAccepted].contains(application) { credit = 0 }
        try expect(
            isWhole ? response.credit == credit : response.credit <= credit, "credit \(response.credit) of \(credit)")
        if application == .raisesAccepted {
            if isWhole || response.failure != nil { try expectFailure(response, "ERR_ASGI_PYTHON", "by plan") }
        } else {
            try expect(response.failure == nil, "failed: \(response.failure ?? "")")
        }
    }

    private func checkRefusal(_ response: Response, isWhole: Bool) throws {
        try expect(response.failure == nil && !response.isAccepted && response.messages.isEmpty, "\(response)")
        if let closing = response.closing {
            try expect(closing == (1008, "no"), "refused with \(closing)")
        } else {
            try expect(!isWhole, "was not refused")
        }
    }

    private func checkDenial(_ response: Response, isWhole: Bool) throws {
        try expect(response.failure == nil && !response.isAccepted && response.closing == nil, "\(response)")
        guard case .bytes(let scope) = greeting else { return }
        if isWhole { try expect(response.isComplete, "the denial is not complete") }
        try expect(response.status == 401 || (!isWhole && response.status == nil), "status \(response)")
        let body = response.body
        try expect(response.isComplete ? body == scope : scope.starts(with: body), "\(body) instead of \(scope)")
    }

    private static func length(_ message: Response.Message) -> Int {
        switch message {
        case .text(let text): text.utf8.count
        case .bytes(let bytes), .octets(let bytes): bytes.count
        }
    }
}
