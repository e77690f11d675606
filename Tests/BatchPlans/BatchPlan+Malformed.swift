import ASGIHost
import Mailbox
import TestHost

/// Writes records that no client writes.
extension BatchPlan {
    /// The first of the shape numbers that the client's own heads never use.
    private static let strangeShapes: UInt32 = 120

    /// A request whose head is any numbers. Its record can be skipped, so the request fails alone, or happens to be
    /// valid.
    func writeUnreadable() throws {
        let slot = UInt32(plan.number(below: BatchPlan.slots))
        try conclude(slot)
        _ = client.use(slot)
        let shape: UInt32 =
            plan.flag(64) ? Head.noShape : BatchPlan.strangeShapes + UInt32(plan.number(below: 12))
        let place = client.commands.begin(Command.request, .end, slot: slot)
        let body = UInt32(plan.byte())
        let defines = plan.flag(160) ? Head.defines : 0
        for number in [UInt32(applications[.whole]), Command.noPort, Command.noPort, body, shape | defines] {
            client.commands.append(number: number)
        }
        for _ in 0..<plan.number(below: 24) { client.commands.append(number: number()) }
        client.commands.finish(place)
        expectations[slot] = UnreadableExpectation(slot: slot, application: .whole, request: Request())
    }

    /// Usually a small number, like counts and lengths.
    private func number() -> UInt32 {
        let choice = plan.byte()
        switch choice {
        case 0..<160: return UInt32(choice) % 12
        case 160..<200: return plan.number16()
        case 200..<220: return .max
        default: return plan.number16() << 16 | plan.number16()
        }
    }

    /// Valid records with changed octets, truncated anywhere. On a separate channel, whose batches they end.
    func writeGarbage() throws {
        hasStrangers = true
        let stranger = try Client()
        for slot in 0..<UInt32(1 + plan.number(below: 3)) {
            var request = Request("GET", "/garbage", headers: [("x-garbage", plan.text(["a", "b"]))])
            request.body = Array(repeating: 1, count: plan.number(below: 9))
            _ = stranger.write(request, to: applications[.whole], slot: slot)
            if plan.flag() { stranger.writeCredit(slot, Int(plan.number16())) }
        }
        for _ in 0..<plan.number(below: 12) {
            let place = Int(plan.number16()) % stranger.commands.records.count
            stranger.commands.records[place] = plan.flag() ? plan.byte() : 0
        }
        if plan.flag(64) {
            let length = stranger.commands.records.count
            stranger.commands.records.shrink(to: max(1, length - Int(plan.byte()) % length))
        }
        stranger.submit()
        // When this is answered, the loop has executed the batch.
        _ = stranger.host.openExchanges(of: stranger.channel)
    }
}

/// The expected answers to a request whose record is invalid, or happens to be valid.
private final class UnreadableExpectation: Expectation {
    override func check(_ response: Response) throws {
        if response.failure == nil {
            try expect(hasDisconnected || response.isComplete, "neither failed nor answered: \(response)")
        } else {
            try expectFailure(response, "ERR_ASGI_IN")
        }
    }
}
