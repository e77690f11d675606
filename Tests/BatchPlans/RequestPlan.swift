import Mailbox
import TestHost

/// Requests as the core can write them, read from a plan.
///
/// It leaves out values that the core never writes: unknown flags, TLS descriptions that are not a JSON object, and requests
/// in slots in use. Methods are tokens, because `checks.method` and Node's parser validate them. Other octets are
/// arbitrary, because the host validates heads; BatchPlan+Malformed.swift makes invalid records.
struct RequestPlan {
    static func read(_ plan: inout PlanReader, for application: PlannedApplication, body: [UInt8]) -> Request {
        var request = Request()
        request.method = plan.token(methods)
        request.target = plan.value(targets)
        if plan.flag(64) { request.rootPath = plan.text(rootPaths) }
        if plan.flag(96) { request.client = (plan.text(hosts), plan.flag() ? plan.number16() : nil) }
        if plan.flag(96) { request.server = (plan.text(hosts), plan.flag() ? plan.number16() : nil) }
        if plan.flag(48) { request.tls = "{\"name\": \"\(plan.choice(["one", "two", "\\u00e9\\\"", ""]))\"}" }
        // Sometimes around the largest number of headers that are kept.
        let count = plan.flag(8) ? Head.maxHeaders - 4 + plan.number(below: 8) : plan.number(below: 12)
        for _ in 0..<count { request.headers.append(header(&plan)) }
        request.flags = flags(&plan, for: application)
        request.body = application.kind == .http ? body : []
        return request
    }

    private static func header(_ plan: inout PlanReader) -> (String, String) {
        (plan.name(headerNames), plan.value(headerValues))
    }

    private static func flags(_ plan: inout PlanReader, for application: PlannedApplication) -> Command.Flags {
        let chosen = Command.Flags(rawValue: UInt32(plan.number16()))
        let ofAll: Command.Flags = [.buffered, .secure, .http10, .http2]
        switch application.kind {
        case .http:
            let abilities: Command.Flags = [.trailers, .earlyHints, .pathSend, .zeroCopySend]
            return chosen.intersection(ofAll.union(abilities).union(.end))
        case .socket: return chosen.intersection(ofAll).union([.end, .webSocket])
        case .raw: return chosen.intersection(ofAll).union([.end, .raw])
        }
    }

    private static let methods = ["GET", "POST", "HEAD", "PUT", "get", "OPTIONS", "M-SEARCH", "HEADS", "DELETE"]
    private static let rootPaths = ["/api", "/a%20b", "/mnt", "/", "/%", "/é"]
    private static let hosts = ["127.0.0.1", "::1", "fe80::1%eth0", "unix:", "10.0.0.255"]
    private static let targets = [
        "/", "/a", "/a?b=c", "*", "", "?", "/%41%c3%A9", "/%ff%80", "/%", "/%4", "/%zz%2", "/api", "/api/x?y", "/apix",
        "/mnt/api/%2f", "/a%20b/c", "/é", "/\u{f0}\u{9f}\u{98}\u{80}", "/%00", "//?&?", "/mnt",
        "/%ed%a0%80%f4%90%80%80",
    ]
    private static let headerNames = [
        "host", "Accept", "cookie", "content-length", "transfer-encoding", "sec-websocket-protocol", "X-One", "x-one",
        "te", "Content-Type", "user-agent", "Sec-WebSocket-Protocol",
    ]
    private static let headerValues = [
        "", "a", "chunked", "0", "12345678901234567890", "chat, superchat ,,  ", ",", "text/html;q=0.9", "\t x \t",
        "é\u{ff}", "close", "chat",
    ]
}
