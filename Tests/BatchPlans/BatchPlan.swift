import ASGIHost
import Mailbox
import TestHost

/// Runs one plan on the host: requests and other commands in any order. Then validates the answers.
///
/// Each plan has a new channel, which may be detached while requests are in flight. Besides the core's commands it
/// writes commands for slots that were never used, or of another protocol than the slot's, and invalid records. The
/// host must tolerate all of them.
package final class BatchPlan {
    static let slots = 6
    /// The slot of requests to the application that reports its remaining tasks.
    private static let restSlot: UInt32 = 7
    private static let maxCommands = 96

    let applications: PlannedApplications
    let client: Client
    var plan: PlanReader
    var expectations: [UInt32: Expectation] = [:]
    var last: (application: PlannedApplication, request: Request, scope: RawValue?)?
    /// How WebSockets ended, as far as applications may have noticed, and whether they must have.
    private var endings: [(octets: [UInt8], isCertain: Bool)] = []
    private var reported: [[UInt8]] = []
    /// How many exceptions may be reported.
    private var reports = 0
    /// Whether applications may report ends of WebSockets that this plan has not opened.
    var hasStrangers = false
    var bytesSent = 0
    var pieces: UInt8 = 0

    private init(_ bytes: [UInt8], _ applications: PlannedApplications) throws {
        self.applications = applications
        plan = PlanReader(bytes)
        client = try Client()
    }

    /// Runs a plan.
    ///
    /// - Parameter collects: whether to collect Python's garbage afterwards, so that remaining memory can be counted.
    /// - Throws: `TestFailure` with the wrong answer.
    package static func run(
        _ bytes: [UInt8], _ applications: PlannedApplications, collects: Bool = false
    ) throws {
        let plan = try BatchPlan(bytes, applications)
        try plan.run(collects: collects)
    }

    private func run(collects: Bool) throws {
        let tasks = try rest(known: nil).tasks
        let leaves = plan.flag(24)
        var commands = 0
        while !plan.isAtEnd, commands < BatchPlan.maxCommands {
            try step()
            commands += 1
        }
        if leaves {
            client.host.detach(client.channel)
            return try BatchPlan([], applications).checkRest(tasks: tasks, collects: collects)
        }
        for slot in expectations.keys.sorted() { try conclude(slot) }
        try checkRest(tasks: tasks, collects: collects)
        try checkEndings()
        try checkNotices()
        let open = client.host.openExchanges(of: client.channel)
        guard open == 0 else { throw TestFailure("\(open) exchanges are left") }
    }

    // MARK: - Ends

    /// Waits until a slot is finished, and validates its answers.
    func conclude(_ slot: UInt32) throws {
        guard let expectation = expectations.removeValue(forKey: slot) else { return }
        expectation.finish(client, client[slot])
        credit()
        try client.wait("\(expectation.application) in slot \(slot) to be complete") { client in
            if expectation.isComplete(client[slot]) { return true }
            credit()
            return false
        }
        if !client[slot].isFinished {
            if expectation.application.kind == .socket {
                client.writeWebSocketDisconnect(slot, code: 1001, reason: "enough")
            } else {
                client.writeDisconnect(slot)
            }
            expectation.disconnect(last: true, code: 1001, reason: "enough")
            client.submit()
        }
        try expectation.check(try client.finished(slot))
        if let ending = expectation.ending { endings.append(ending) }
        if expectation.mayReport { reports += 1 }
    }

    /// Credits all bytes, so that no application waits for that.
    private func credit() {
        for slot in 0..<UInt32(BatchPlan.slots) { client.writeCredit(slot, Int(UInt32.max)) }
        client.submit()
    }

    /// Asks for the remaining tasks and exceptions.
    ///
    /// - Parameter known: how many tasks may be left; waits until there are no more.
    func rest(known: Int?, collects: Bool = false) throws -> (tasks: Int, unraisable: [String]) {
        let target = (collects ? "/collect" : "/") + (known.map { "?\($0)" } ?? "")
        let slot = client.send(Request("GET", target), to: applications.rest, slot: BatchPlan.restSlot)
        let response = try client.finished(slot)
        let parts = ScopeOctets.parts(response.body) ?? []
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        guard parts.count >= 2, let tasks = Int(texts[0]), let count = Int(texts[1]) else {
            throw TestFailure("the remaining tasks were not reported: \(response)")
        }
        reported += parts.dropFirst(2 + count)
        return (tasks, Array(texts[2..<(2 + count)]))
    }

    /// Expects that no task is left, and that no exception was unraisable.
    private func checkRest(tasks: Int, collects: Bool) throws {
        let left = try rest(known: tasks, collects: collects)
        guard left.tasks <= tasks else { throw TestFailure("\(left.tasks) tasks instead of \(tasks)") }
        guard left.unraisable.isEmpty else { throw TestFailure("raised nowhere: \(left.unraisable)") }
    }

    /// Expects that applications have noticed each disconnect once, with its code.
    private func checkEndings() throws {
        var reported = reported
        for ending in endings {
            if let index = reported.firstIndex(of: ending.octets) {
                reported.remove(at: index)
            } else if ending.isCertain {
                throw TestFailure("no application has reported \(ending.octets), only \(self.reported)")
            }
        }
        guard reported.isEmpty || hasStrangers else { throw TestFailure("no WebSocket was closed with \(reported)") }
    }

    /// Expects that only exceptions of applications whose caller no longer waited were reported.
    private func checkNotices() throws {
        // All clients receive the report of an unreadable batch, also of other clients.
        let notices = client.notices.filter { !$0.json.contains("a batch of commands could not be read") }
        let strange = notices.filter { !$0.json.contains("ValueError: by plan") }
        guard strange.isEmpty, notices.count <= reports else {
            throw TestFailure("\(reports) reports at most, not \(notices)")
        }
    }
}
