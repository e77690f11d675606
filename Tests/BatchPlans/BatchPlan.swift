import ASGIHost
import Mailbox
import TestHost

/// One run of the host by a plan: requests, and what belongs to them, in any order, and judges what comes of it.
///
/// Each plan has a port of its own. Beside what the core writes, commands come for slots that were never used, or of
/// another protocol than the slot's: the host must not mind.
package final class BatchPlan {
    private static let slots = 6
    private static let unused: UInt32 = 1000
    /// Where the application that tells what is left is asked.
    private static let restSlot: UInt32 = 7
    private static let mostCommands = 96
    private static let mostBytes = 1 << 20

    private let applications: PlannedApplications
    private let client: Client
    private var plan: PlanReader
    private var courses: [UInt32: Course] = [:]
    private var last: (application: PlannedApplication, request: Request, scope: RawValue?)?
    /// How sockets have ended, as far as applications may have seen it, and as they have told it.
    private var endings: [(octets: [UInt8], isCertain: Bool)] = []
    private var told: [[UInt8]] = []
    /// How many exceptions may be reported.
    private var reports = 0
    private var bytesSent = 0
    private var pieces: UInt8 = 0
    /// Tasks that there were before.
    private var tasks = 0

    private init(_ bytes: [UInt8], _ applications: PlannedApplications) throws {
        self.applications = applications
        plan = PlanReader(bytes)
        client = try Client()
    }

    /// Runs a plan.
    ///
    /// - Throws: `TestFailure` with what was wrong.
    package static func run(_ bytes: [UInt8], _ applications: PlannedApplications) throws {
        let plan = try BatchPlan(bytes, applications)
        try plan.run()
    }

    private func run() throws {
        tasks = try rest(known: nil).tasks
        var commands = 0
        while !plan.isAtEnd, commands < BatchPlan.mostCommands {
            try step()
            commands += 1
        }
        for slot in courses.keys.sorted() { try conclude(slot) }
        let left = try rest(known: tasks)
        guard left.tasks <= tasks else { throw TestFailure("\(left.tasks) tasks instead of \(tasks)") }
        guard left.unraisable.isEmpty else { throw TestFailure("raised nowhere: \(left.unraisable)") }
        try judgeEndings()
        try judgeEvents()
        let open = client.host.openExchanges(of: client.port)
        guard open == 0 else { throw TestFailure("\(open) exchanges are left") }
    }

    // MARK: - Commands

    private func step() throws {
        let command = plan.number(below: 16)
        switch command {
        case 0...3: try beginRequest()
        case 4: try repeatRequest()
        case 5...7: writeBody(end: command == 7)
        case 8: writeAbort()
        case 9: client.writeAcknowledge(slot(), Int(plan.flag() ? plan.number16() : .max))
        case 10...12: writeMessage(isLast: command == 12 && plan.flag())
        case 13: writeDisconnect()
        case 14: client.submit()
        default: _ = try rest(known: nil)
        }
    }

    /// One of the slots, whatever is in it.
    private func slot() -> UInt32 {
        let number = plan.number(below: BatchPlan.slots + 1)
        return number == BatchPlan.slots ? BatchPlan.unused : UInt32(number)
    }

    private func beginRequest() throws {
        let slot = UInt32(plan.number(below: BatchPlan.slots))
        let application = plan.choice(PlannedApplication.allCases)
        var scope: RawValue?
        var body = application.kind == .http ? bytes() : []
        if application.kind == .raw {
            scope = plan.flag(250) ? RawValue.event(&plan, type: "any", filler: plan.length()) : nil
            body = Array((scope?.sent ?? "no value").utf8)
        }
        var request = RequestPlan.read(&plan, for: application, body: body)
        if application.kind == .raw {
            request = Request("GET", "/", body: body).with(request.flags)
        }
        last = (application, request, scope)
        try begin(slot)
    }

    /// The same again, as a client that keeps its connection does: what was kept of it is used.
    private func repeatRequest() throws {
        if last == nil { return try beginRequest() }
        try begin(UInt32(plan.number(below: BatchPlan.slots)))
    }

    private func begin(_ slot: UInt32) throws {
        guard let (application, request, scope) = last else { return }
        // The core gives a slot out again when it is finished.
        try conclude(slot)
        _ = client.write(request, to: applications[application], slot: slot)
        courses[slot] =
            switch application.kind {
            case .http: HTTPCourse(slot: slot, application: application, request: request)
            case .socket: SocketCourse(slot: slot, application: application, request: request)
            case .raw: RawCourse(slot: slot, application: application, request: request, scope: scope)
            }
    }

    private func writeBody(end: Bool) {
        let slot = slot()
        let bytes = bytes()
        client.writeBody(slot, bytes, end: end)
        courses[slot]?.sentBody(bytes, end: end)
    }

    /// Bytes that no other piece has.
    private func bytes() -> [UInt8] {
        let count = min(plan.length(), max(0, BatchPlan.mostBytes - bytesSent))
        bytesSent += count
        pieces &+= 1
        return (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) &+ pieces &* 17 }
    }

    private func writeAbort() {
        let slot = slot()
        client.writeAbort(slot)
        courses[slot]?.leave(last: false, code: 1006, reason: "")
    }

    private func writeDisconnect() {
        let slot = slot()
        let code = Int(plan.number16())
        let reason = plan.unicode(plan.number(below: 40))
        client.writeDisconnect(slot, code: code, reason: reason)
        courses[slot]?.leave(last: false, code: code, reason: reason)
    }

    private func writeMessage(isLast: Bool) {
        let slot = slot()
        if let raw = courses[slot] as? RawCourse {
            let value =
                plan.flag(250) ? RawValue.event(&plan, type: isLast ? "end" : "any", filler: plan.length()) : nil
            let text = value?.sent ?? "[\"l\""
            client.writeMessage(slot, .text(text))
            raw.sent(event: value, length: text.utf8.count, isLast: isLast && value != nil)
            return
        }
        let message = plan.flag() ? Response.Message.bytes(bytes()) : .text(plan.unicode(plan.length()))
        client.writeMessage(slot, message)
        courses[slot]?.sent(message)
    }

    // MARK: - Ends

    /// Sees to it that a slot is finished, and judges what has come.
    private func conclude(_ slot: UInt32) throws {
        guard let course = courses.removeValue(forKey: slot) else { return }
        course.finish(client, client[slot])
        acknowledge()
        try client.wait("\(course.application) in slot \(slot) to be complete") { client in
            if course.isComplete(client[slot]) { return true }
            acknowledge()
            return false
        }
        if !client[slot].isFinished {
            if course.application.kind == .socket {
                client.writeDisconnect(slot, code: 1001, reason: "enough")
            } else {
                client.writeAbort(slot)
            }
            course.leave(last: true, code: 1001, reason: "enough")
            client.submit()
        }
        try course.judge(try client.finished(slot))
        if let ending = course.ending { endings.append(ending) }
        if course.mayReport { reports += 1 }
    }

    /// Whatever is under way is taken, so that no application waits for that.
    private func acknowledge() {
        for slot in 0..<UInt32(BatchPlan.slots) { client.writeAcknowledge(slot, Int(UInt32.max)) }
        client.submit()
    }

    /// Asks what is left.
    private func rest(known: Int?) throws -> (tasks: Int, unraisable: [String]) {
        let target = known.map { "/?\($0)" } ?? "/"
        let slot = client.send(Request("GET", target), to: applications.rest, slot: BatchPlan.restSlot)
        let response = try client.finished(slot)
        let parts = ScopeOctets.parts(response.body) ?? []
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        guard parts.count >= 2, let tasks = Int(texts[0]), let count = Int(texts[1]) else {
            throw TestFailure("what is left was not told: \(response)")
        }
        told += parts.dropFirst(2 + count)
        return (tasks, Array(texts[2..<(2 + count)]))
    }

    /// Applications have seen their clients leave as they have left, each once.
    private func judgeEndings() throws {
        var told = told
        for ending in endings {
            if let index = told.firstIndex(of: ending.octets) {
                told.remove(at: index)
            } else if ending.isCertain {
                throw TestFailure("no socket ended with \(ending.octets), but \(self.told)")
            }
        }
        guard told.isEmpty else { throw TestFailure("nobody has ended a socket with \(told)") }
    }

    /// Nothing was reported but what applications have raised when nobody waited any more.
    private func judgeEvents() throws {
        let strange = client.events.filter { !$0.json.contains("ValueError: by plan") }
        guard strange.isEmpty, client.events.count <= reports else {
            throw TestFailure("\(reports) reports at most, not \(client.events)")
        }
    }
}
