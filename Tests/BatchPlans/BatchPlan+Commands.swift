import Mailbox
import TestHost

/// Writes a client's commands as a plan chooses them.
extension BatchPlan {
    private static let unusedSlot: UInt32 = 1000
    /// The bytes of all bodies and messages in one plan are limited to this.
    private static let maxBytes = 1 << 20

    /// Writes one command, or several that belong together.
    func step() throws {
        let command = plan.number(below: 21)
        switch command {
        case 0...3: try beginRequest()
        case 4, 16: try repeatRequest(changed: command == 16)
        case 5...7: writeBody(end: command == 7)
        case 8: writeDisconnect()
        case 9:
            client.writeCredit(
                slot(), Int(plan.flag() ? plan.number16() : .max),
                flags: Command.Flags(rawValue: UInt32(plan.byte()) & 3))
        case 10...12: writeMessage(isLast: command == 12 && plan.flag())
        case 13: writeWebSocketDisconnect()
        case 14: client.submit()
        case 17: try writeMany()
        case 18: writeWithdrawn()
        case 19: try writeUnreadable()
        case 20: try writeGarbage()
        default: _ = try rest(known: nil)
        }
    }

    /// A slot: usually one in use, else any, or one that was never used.
    private func slot() -> UInt32 {
        let choice = plan.number(below: 64)
        if choice < 48, !expectations.isEmpty { return expectations.keys.sorted()[choice % expectations.count] }
        return choice < 60 ? UInt32(choice % BatchPlan.slots) : BatchPlan.unusedSlot
    }

    private func beginRequest() throws {
        let slot = UInt32(plan.number(below: BatchPlan.slots))
        let application = plan.choice(PlannedApplication.allCases)
        var scope: RawValue?
        var body = application.kind == .http ? bytes(plan.length()) : []
        if application.kind == .raw {
            scope = plan.flag(250) ? RawValue.event(&plan, type: "any", filler: plan.length()) : nil
            body = scope?.sent ?? Array("no value".utf8)
        }
        var request = RequestPlan.read(&plan, for: application, body: body)
        if application.kind == .raw {
            request = Request("GET", "/", body: body).with(request.flags)
        }
        last = (application, request, scope)
        try begin(slot)
    }

    /// Repeats a request, as a client on a kept connection does, so that the kept fields are used. Then with one
    /// change.
    private func repeatRequest(changed: Bool) throws {
        if last == nil { return try beginRequest() }
        if changed, let index = last?.request.headers.indices.last {
            last?.request.headers[index].1 = plan.text(["a", "b", "chat", ""])
        } else if changed, last?.application.kind != .raw {
            last?.request.target += plan.choice(["", "?", "/", "%41"])
        }
        for _ in 0...plan.number(below: 3) {
            try begin(UInt32(plan.number(below: BatchPlan.slots)))
        }
    }

    private func begin(_ slot: UInt32) throws {
        guard let (application, request, scope) = last else { return }
        // The core reuses a slot after its exchange has finished.
        try conclude(slot)
        _ = client.write(request, to: applications[application], slot: slot)
        expectations[slot] =
            switch application.kind {
            case .http: HTTPExpectation(slot: slot, application: application, request: request)
            case .socket: WebSocketExpectation(slot: slot, application: application, request: request)
            case .raw: RawExpectation(slot: slot, application: application, request: request, scope: scope)
            }
    }

    /// Repeats the last head in a withdrawn request, whose fields are kept nevertheless.
    private func writeWithdrawn() {
        guard let (application, request, _) = last, application.kind != .raw else { return }
        var withdrawn = request
        withdrawn.body = []
        if plan.flag() { withdrawn.target = plan.value(["/withdrawn", "/"]) }
        client.writeWithdrawn(withdrawn, to: applications[application])
    }

    private func writeBody(end: Bool) {
        let slot = slot()
        writeBody(slot, bytes(plan.length()), end: end)
    }

    private func writeBody(_ slot: UInt32, _ bytes: [UInt8], end: Bool) {
        client.writeBody(slot, bytes, end: end)
        expectations[slot]?.sentBody(bytes, end: end)
    }

    /// So many small pieces that the application is still receiving them when another one arrives.
    private func writeMany() throws {
        let slot = slot()
        for _ in 0..<plan.number(below: 160) { writePiece(slot) }
        client.writeCredit(slot, Int(plan.byte()) * 32)
        _ = try rest(known: nil)
        writePiece(slot)
    }

    private func writePiece(_ slot: UInt32) {
        switch expectations[slot] {
        case let raw as RawExpectation: write(.object([("type", .integer(Int(pieces)))]), to: raw, isLast: false)
        case is WebSocketExpectation: write(.bytes(bytes(2)), to: slot)
        default: writeBody(slot, bytes(2), end: false)
        }
    }

    /// Bytes that no other piece has.
    private func bytes(_ wanted: Int) -> [UInt8] {
        let count = min(wanted, max(0, BatchPlan.maxBytes - bytesSent))
        bytesSent += count
        pieces &+= 1
        return (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) &+ pieces &* 17 }
    }

    private func writeDisconnect() {
        let slot = slot()
        client.writeDisconnect(slot)
        expectations[slot]?.disconnect(last: false, code: 1006, reason: "")
    }

    private func writeWebSocketDisconnect() {
        let slot = slot()
        let code = Int(plan.number16())
        let reason = plan.unicode(plan.number(below: 40))
        client.writeWebSocketDisconnect(slot, code: code, reason: reason)
        expectations[slot]?.disconnect(last: false, code: code, reason: reason)
    }

    private func writeMessage(isLast: Bool) {
        let slot = slot()
        if let raw = expectations[slot] as? RawExpectation {
            let type = isLast ? "end" : "any"
            let value = plan.flag(250) ? RawValue.event(&plan, type: type, filler: plan.length()) : nil
            write(value, to: raw, isLast: isLast)
        } else {
            write(plan.flag() ? .bytes(bytes(plan.length())) : .text(plan.unicode(plan.length())), to: slot)
        }
    }

    private func write(_ message: Response.Message, to slot: UInt32) {
        client.writeMessage(slot, message)
        expectations[slot]?.sent(message)
    }

    /// - Parameter value: `nil` for octets that are not a value.
    private func write(_ value: RawValue?, to expectation: RawExpectation, isLast: Bool) {
        let (blocks, octets) = value?.sentApart ?? ([], Array("no value".utf8))
        for block in blocks { client.writeMessage(expectation.slot, .bytes(block)) }
        client.writeMessage(expectation.slot, .textOrOctets(octets))
        let length = blocks.reduce(octets.count) { $0 + $1.count }
        expectation.sent(event: value, length: length, isLast: isLast && value != nil)
    }
}
