import Mailbox
import TestHost

/// The expected answers to an HTTP request.
final class HTTPExpectation: Expectation {
    private var body: [UInt8]
    private var isEnded: Bool
    private let isWhole: Bool

    override init(slot: UInt32, application: PlannedApplication, request: Request) {
        body = request.body
        isWhole = request.flags.contains(.end)
        isEnded = isWhole
        super.init(slot: slot, application: application, request: request)
    }

    override func sentBody(_ bytes: [UInt8], end: Bool) {
        guard !isEnded, !hasDisconnected else { return }
        body += bytes
        isEnded = end
    }

    override func finish(_ client: Client, _ response: Response) {
        guard !isEnded, !hasDisconnected else { return }
        client.writeBody(slot, [], end: true)
        sentBody([], end: true)
    }

    override var mayReport: Bool { application == .raises && hasDisconnected }

    override func check(_ response: Response) throws {
        if let code = ScopeOctets.refusal(request) { return try checkRefused(response, code: code) }
        if application == .raises { return try checkRaised(response) }
        let scope = ScopeOctets.expected(request, rootPath: application.rootPath)
        let expected = application == .early ? scope : scope + body
        try expect(response.failure == nil, "failed: \(response.failure ?? "")")
        try expect(!response.isAccepted && response.messages.isEmpty && response.closing == nil, "is no WebSocket")
        try checkBody(response, expected)
        try checkExtras(response, length: expected.count)
        let maxCredit = isWhole ? 0 : body.count
        try expect(response.credit <= maxCredit, "credit for \(response.credit) of \(maxCredit) bytes")
        if application != .early, response.isComplete {
            try expect(isEnded, "complete without the body's end")
            try expect(response.credit == maxCredit, "credit for \(response.credit) instead of \(maxCredit) bytes")
        }
    }

    private func checkBody(_ response: Response, _ expected: [UInt8]) throws {
        if !hasDisconnected { try expect(response.isComplete, "is not complete: \(response)") }
        let isAsExpected = response.status == 200 || (hasDisconnected && isSilent(response, butHints: true))
        try expect(isAsExpected, "status \(response)")
        // The body of a response to HEAD is never sent.
        let allowed = request.method == "HEAD" ? [] : expected
        let body = response.body
        if response.isComplete {
            try expect(body == allowed, "answered \(body) instead of \(allowed)")
        } else {
            try expect(allowed.starts(with: body), "answered \(body), no beginning of \(allowed)")
        }
    }

    private func isSilent(_ response: Response, butHints: Bool) -> Bool {
        response.status == nil && response.chunks.isEmpty && !response.isComplete && response.headers.isEmpty
    }

    /// Validates headers, trailers and early hints, if the application sends them and the request supports them.
    private func checkExtras(_ response: Response, length: Int) throws {
        let sendsExtras = ![.pieces, .early].contains(application)
        if response.status != nil {
            let headers = ["content-length: \(length)", "x-kind: whole"]
            let got = response.headers.map(\.description)
            try expect(got == (sendsExtras ? headers : []), "headers \(got)")
        }
        let hasTrailers = sendsExtras && request.flags.contains(.trailers)
        let trailers = response.trailers.map(\.description)
        try expect(trailers == (hasTrailers && response.isComplete ? ["x-last: yes"] : []), "trailers \(trailers)")
        try expect(response.announcesTrailers == (hasTrailers && response.status != nil), "trailers announced")
        let hasHints = sendsExtras && request.flags.contains(.earlyHints)
        let hints = response.interim.map { "\($0.status) \($0.headers)" }
        if hints.isEmpty { return try expect(!hasHints || response.status == nil, "no early hint") }
        try expect(hasHints && hints == ["103 [link: </a>; rel=preload]"], "early hints \(hints)")
    }

    private func checkRaised(_ response: Response) throws {
        try expect(response.status == nil && response.chunks.isEmpty && !response.isComplete, "answered: \(response)")
        if hasDisconnected, response.failure == nil { return }
        try expectFailure(response, "ERR_ASGI_PYTHON", "ValueError: by plan")
    }
}
