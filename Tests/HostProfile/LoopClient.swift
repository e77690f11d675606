import ASGIHost
import Mailbox

/// A client on the event loop's own thread: it reads answers when it is woken and submits the next round at once, so
/// that no second thread influences the count.
///
/// `@unchecked` is sound because only the loop's thread uses it after `start` has submitted the first round.
final class LoopClient: Host.Client, @unchecked Sendable {
    /// Rounds before counting begins, to fill caches and allocate memory.
    static let warmUp = 8

    /// Set after the last round: an error, or `nil`.
    let done = OneShot<String?>()
    private let scenario: Scenario
    private let application: Int
    private let lastRound: Int
    private var channel: Host.Channel?
    /// The commands of a round, which are submitted repeatedly.
    private var template = Batch()
    private var commands = Batch()
    private var heads = RequestHeadWriter()
    private var answers = Batch()
    private var round = 0
    private var isHandshake: Bool
    private var answersLeft = 0
    private var bytes = 0

    init(_ scenario: Scenario, application: Int, rounds: Int) {
        self.scenario = scenario
        self.application = application
        lastRound = LoopClient.warmUp + rounds
        isHandshake = scenario.isSocket
    }

    /// Submits the first round, or the handshakes before it.
    func start(on channel: Host.Channel) {
        self.channel = channel
        // The first round defines the heads' shape; the later ones repeat all fields.
        scenario.writeRequests(to: &commands, &heads, application: application)
        scenario.writeRequests(to: &template, &heads, application: application)
        answersLeft = scenario.answersPerRound
        channel.submit(&commands)
    }

    func wake() {
        let before = round
        takeAnswers(self)
        guard round != before else { return }
        if round == LoopClient.warmUp || round == lastRound { mark(round) }
        if round == lastRound { done.fulfill(nil) }
    }

    // MARK: - The client's work

    fileprivate func take() {
        guard let channel else { return }
        while channel.answers.take(into: &answers) {
            read()
            answers.clear()
        }
        if answersLeft == 0 { endRound() }
        if !commands.isEmpty { channel.submit(&commands) }
    }

    private func endRound() {
        let expected = isHandshake ? 0 : scenario.answersPerRound * scenario.answerLength
        guard bytes == expected else { return done.fulfill("\(bytes) bytes in a round instead of \(expected)") }
        bytes = 0
        if isHandshake {
            isHandshake = false
            template.clear()
            scenario.writeMessages(to: &template)
        } else {
            round += 1
        }
        if round < lastRound { begin() }
    }

    private func begin() {
        answersLeft = scenario.answersPerRound
        commands.records.append(template.records.start, count: template.records.count)
    }

    private func read() {
        var position = 0
        while position < answers.records.count {
            let slot = answers.number(Record.Index.slot, at: position)
            let (kind, flags) = answers.answer(at: position)
            guard let answer = kind else { return done.fulfill("a record that is no answer") }
            switch answer {
            case .start:
                let status = answers.number(Answer.Start.status, at: position)
                guard status == 200 else { return done.fulfill("a status that is not 200") }
                received(slot, answers.number(Answer.Start.bodyLength, at: position), flags)
            case .body: received(slot, answers.number(Record.Index.first, at: position), flags)
            case .message:
                received(slot, answers.number(Record.Index.first, at: position), flags)
                answersLeft -= 1
            case .accept: answersLeft -= 1
            case .end, .finished, .credit: break
            case .fail, .control, .notice, .interim, .file, .close: return done.fulfill("\(answer) was not expected")
            }
            if flags.contains(.finished) || answer == .finished { answersLeft -= 1 }
            position += 4 * Int(answers.number(Record.Index.size, at: position))
        }
    }

    /// Counts the bytes of a piece, and credits it as JavaScript does, if more may follow.
    private func received(_ slot: UInt32, _ count: UInt32, _ flags: Answer.Flags) {
        bytes += Int(count)
        guard count > 0, !flags.contains(.end) else { return }
        let place = commands.begin(Command.credit, slot: slot)
        commands.append(long: Int(count))
        commands.finish(place)
    }
}

// Functions that a profiler finds by these names. Not optimized, so that there is exactly one call of each.

/// Runs the client's work, which is not counted.
@_silgen_name("host_profile_take") @inline(never) @_optimize(none)
private func takeAnswers(_ client: LoopClient) { client.take() }

/// Marks the begin and the end of counting.
@_silgen_name("host_profile_mark") @inline(never) @_optimize(none)
private func mark(_ round: Int) {}
