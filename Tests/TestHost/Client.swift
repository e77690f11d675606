import ASGIHost
import Mailbox

/// A client of the host on one channel, without a network: writes commands, collects answers.
///
/// Each test has its own, and uses it on one thread.
package final class Client {
    package let host: Host
    package let channel: Host.Channel
    /// The answers by slot. A reused slot begins with an empty response.
    package private(set) var responses: [UInt32: Response] = [:]
    /// The results of control calls by token: `nil` for success, JSON for a failure.
    package private(set) var controls: [UInt32: String?] = [:]
    /// The notices about applications: log records and exceptions.
    package private(set) var notices: [(application: UInt32, slot: UInt32, json: String)] = []
    /// Woken by the host.
    package let wakes = WakeCounter()
    /// The commands that are not submitted yet.
    package var commands = Batch()
    private var requestHeads = RequestHeadWriter()
    private var responseHeads = ResponseHeadReader()
    private var answers = Batch()
    private var nextSlot: UInt32 = 0
    private var nextToken: UInt32 = 1

    package init() throws {
        host = try TestHost.get()
        channel = host.attach(wakes)
    }

    deinit { host.detach(channel) }

    // MARK: - Applications

    /// Loads an application, by default from the fixtures, and without lifespan unless the test requests it.
    package func load(
        _ file: String, _ attribute: String = "app", change: (inout ApplicationSpecification) -> Void = { _ in }
    ) throws -> Int {
        var specification = ApplicationSpecification()
        specification.file = file
        specification.attribute = attribute
        specification.docroot = TestHost.applications
        specification.lifespan = "off"
        change(&specification)
        switch host.load(specification) {
        case .loaded(let number): return number
        case .failed(let json): throw TestFailure(json)
        }
    }

    /// Requests the result of the application's startup; `control` waits for it.
    package func beginReady(_ application: Int) -> UInt32 {
        host.ready(application, channel, token: nextToken)
        return takeToken()
    }

    /// Waits until the application has started.
    ///
    /// - Returns: `nil`, or the failure as JSON.
    package func ready(_ application: Int) throws -> String? { try control(beginReady(application)) }

    /// Begins to shut the application down; `control` waits for the end.
    ///
    /// - Parameter grace: milliseconds that its requests may continue.
    package func beginShutDown(_ application: Int, grace: Int = 60_000) -> UInt32 {
        host.shutDown(application, channel, token: nextToken, grace: grace)
        return takeToken()
    }

    /// Waits until the application has shut down.
    ///
    /// - Returns: `nil`, or the failure as JSON.
    package func shutDown(_ application: Int) throws -> String? { try control(beginShutDown(application)) }

    /// Waits for the answer to a control call.
    package func control(_ token: UInt32) throws -> String? {
        try wait("control call \(token)") { $0.controls[token] != nil }
        return controls[token]!
    }

    private func takeToken() -> UInt32 {
        defer { nextToken += 1 }
        return nextToken
    }

    // MARK: - Commands

    /// Writes a request, which the next `submit` sends.
    package func write(_ request: Request, to application: Int, slot: UInt32? = nil) -> UInt32 {
        let slot = use(slot)
        request.write(to: &commands, &requestHeads, slot: slot, application: application)
        return slot
    }

    /// Writes a withdrawn request, which has no answer.
    package func writeWithdrawn(_ request: Request, to application: Int) {
        let slot = Answer.noSlot
        request.write(to: &commands, &requestHeads, slot: slot, application: application, as: .withdrawn)
    }

    /// Prepares a slot for the answers of a new request.
    ///
    /// - Parameter slot: `nil` for an unused one.
    package func use(_ slot: UInt32? = nil) -> UInt32 {
        let slot = slot ?? nextSlot
        nextSlot = max(nextSlot, slot + 1)
        responses[slot] = Response()
        return slot
    }

    /// Writes a piece of a request's body.
    package func writeBody(_ slot: UInt32, _ bytes: [UInt8] = [], end: Bool = false) {
        let place = commands.begin(Command.body, end ? .end : [], slot: slot)
        commands.append(number: 0)
        finish(place, bytes)
    }

    /// Writes that the client has disconnected.
    package func writeDisconnect(_ slot: UInt32) { commands.finish(commands.begin(Command.disconnect, slot: slot)) }

    /// Writes credit for bytes of the response.
    ///
    /// - Parameter flags: `Command.Flags.fastConsumer` or `slowConsumer`.
    package func writeCredit(_ slot: UInt32, _ count: Int, flags: Command.Flags = []) {
        let place = commands.begin(Command.credit, flags, slot: slot)
        commands.append(long: count)
        commands.finish(place)
    }

    /// Writes a WebSocket message.
    package func writeMessage(_ slot: UInt32, _ message: Response.Message) {
        let (bytes, flags): ([UInt8], Command.Flags) =
            switch message {
            case .text(let text): (Array(text.utf8), .text)
            case .bytes(let bytes): (bytes, [])
            case .octets(let octets): (octets, .text)
            }
        let place = commands.begin(Command.message, flags, slot: slot)
        commands.append(number: 0)
        finish(place, bytes)
    }

    /// Writes that a WebSocket's client has disconnected.
    package func writeWebSocketDisconnect(_ slot: UInt32, code: Int, reason: String = "") {
        let place = commands.begin(Command.webSocketDisconnect, slot: slot)
        commands.append(number: UInt32(code))
        commands.append(number: 0)
        finish(place, Array(reason.utf8))
    }

    /// Ends a record whose last number is the length of its body.
    private func finish(_ place: Int, _ bytes: [UInt8]) {
        let length = (commands.records.count - place) / 4 - 1
        bytes.withUnsafeBytes { commands.finish(place, body: $0, lengthAt: length) }
    }

    /// Submits all commands.
    package func submit() { channel.submit(&commands) }

    /// Sends a request and returns its slot.
    package func send(_ request: Request, to application: Int, slot: UInt32? = nil) -> UInt32 {
        let slot = write(request, to: application, slot: slot)
        submit()
        return slot
    }

    /// Sends a request and waits until its exchange has finished.
    package func fetch(_ request: Request, from application: Int) throws -> Response {
        try finished(send(request, to: application))
    }

    // MARK: - Answers

    /// Waits until the exchange of a slot has finished.
    package func finished(_ slot: UInt32) throws -> Response {
        try wait("slot \(slot) to be finished") { $0[slot].isFinished }
        return self[slot]
    }

    /// The answers of a slot so far.
    package subscript(slot: UInt32) -> Response { responses[slot] ?? Response() }

    /// Waits until a condition on the answers is true.
    package func wait(_ what: String, until isTrue: (Client) -> Bool) throws {
        while true {
            let seen = wakes.count
            try collect()
            if isTrue(self) { return }
            guard wakes.wait(after: seen) else {
                throw TestFailure("waited in vain for \(what); responses: \(responses), notices: \(notices)")
            }
        }
    }

    /// Reads all answers that have arrived.
    package func collect() throws {
        while channel.answers.take(into: &answers) {
            var reader = try AnswerReader(answers)
            answers.clear()
            while let record = try reader.next(&responseHeads) { try note(record) }
        }
    }

    private func note(_ record: AnswerReader.Answered) throws {
        switch record.kind {
        case .control:
            controls[record.slot] = .some(record.numbers[1] == 0 ? nil : String(decoding: record.body, as: UTF8.self))
            return
        case .notice:
            notices.append((record.slot, record.numbers[1], String(decoding: record.body, as: UTF8.self)))
            return
        default: break
        }
        guard responses[record.slot] != nil else { throw TestFailure("\(record) is for a slot that was not used") }
        try responses[record.slot]!.add(record)
    }
}

extension Response {
    /// Adds a record, and throws if it is not allowed in this state.
    fileprivate mutating func add(_ record: AnswerReader.Answered) throws {
        guard !isFinished else { throw TestFailure("\(record) came after the end") }
        switch record.kind {
        case .start:
            guard status == nil else { throw TestFailure("\(record): a second start") }
            status = Int(record.numbers[1])
            headers = record.head
            announcesTrailers = record.flags.contains(.trailers)
            if !record.body.isEmpty { chunks.append(record.body) }
        case .body: if !record.body.isEmpty { chunks.append(record.body) }
        case .end:
            trailers = record.head
            isComplete = true
        case .fail where record.isEnd: exception = String(decoding: record.body, as: UTF8.self)
        case .fail: failure = String(decoding: record.body, as: UTF8.self)
        case .credit:
            credit += record.long
            if record.long == 0 { bodyRequests += 1 }
        case .interim: interim.append((Int(record.numbers[1]), record.head))
        case .file: files.append(record.body)
        case .accept:
            isAccepted = true
            headers = record.head
            subprotocol = Response.latin1(record.body)
        case .message:
            let isText = record.flags.contains(.text)
            messages.append(isText ? .textOrOctets(record.body) : .bytes(record.body))
        case .close: closing = (Int(record.numbers[1]), String(decoding: record.body, as: UTF8.self))
        case .finished: isFinished = true
        case .control, .notice: break
        }
        if record.isEnd, record.kind != .fail { isComplete = true }
        if record.isFinished { isFinished = true }
    }
}
