import ASGIHost
import Mailbox

/// A client that lives on the event loop's own thread: it takes answers when it is woken and submits the next round
/// at once, so that no second thread has a say in what is counted.
///
/// `@unchecked` because everything is the loop's thread's once `start` has submitted the first round.
final class LoopTransport: Transport, @unchecked Sendable {
    /// Rounds before the counting begins: caches fill, memory is there.
    static let warmUp = 8

    /// Opened behind the last round: with what was wrong, or `nil`.
    let done = Gate<String?>()
    private let scenario: Scenario
    private let application: Int
    private let lastRound: Int
    private var port: Port?
    /// A round as it is submitted again and again.
    private var template = Batch()
    private var commands = Batch()
    private var answers = Batch()
    private var round = 0
    private var isHandshake: Bool
    private var answersLeft = 0
    private var bytes = 0

    init(_ scenario: Scenario, application: Int, rounds: Int) {
        self.scenario = scenario
        self.application = application
        lastRound = LoopTransport.warmUp + rounds
        isHandshake = scenario.isSocket
    }

    /// Submits the first round, or the handshakes before it.
    func start(on port: Port) {
        self.port = port
        scenario.writeRequests(to: &template, application: application)
        begin()
        port.submit(&commands)
    }

    func wake() {
        let before = round
        takeAnswers(self)
        guard round != before else { return }
        if round == LoopTransport.warmUp || round == lastRound { mark(round) }
        if round == lastRound { done.open(nil) }
    }

    // MARK: - The client's work

    fileprivate func take() {
        guard let port else { return }
        while port.answers.take(into: &answers) {
            read()
            answers.clear()
        }
        if answersLeft == 0 { endRound() }
        if !commands.isEmpty { port.submit(&commands) }
    }

    private func endRound() {
        let expected = isHandshake ? 0 : scenario.answersPerRound * scenario.answerLength
        guard bytes == expected else { return done.open("\(bytes) bytes in a round instead of \(expected)") }
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
        commands.words.append(template.words.start, count: template.words.count)
        commands.text.append(template.text.start, count: template.text.count)
        commands.bytes.append(template.bytes.start, count: template.bytes.count)
    }

    private func read() {
        var position = 0
        while position < answers.words.count {
            let word = answers.words[position]
            let slot = answers.words[position + 1]
            guard let answer = Answer(rawValue: word & 0xff) else { return done.open("\(word) is no answer") }
            switch answer {
            case .start:
                guard answers.words[position + 2] == 200 else { return done.open("a status that is not 200") }
                received(slot, Int(answers.words[position + 4]), word)
            case .body: received(slot, Int(answers.words[position + 2]), word)
            case .message:
                received(slot, Int(answers.words[position + 2]), word)
                answersLeft -= 1
            case .accept: answersLeft -= 1
            case .end, .finished, .room: break
            case .fail, .control, .event, .interim, .file, .close: return done.open("\(answer) was not expected")
            }
            if word >> 8 & Answer.Flag.finished != 0 || answer == .finished { answersLeft -= 1 }
            position += answer.length
        }
    }

    /// Counts the bytes of a piece, and acknowledges it as JavaScript does: where more may follow.
    private func received(_ slot: UInt32, _ count: Int, _ word: UInt32) {
        bytes += count
        guard count > 0, word >> 8 & Answer.Flag.end == 0 else { return }
        commands.words.append(Command.acknowledge.rawValue)
        commands.words.append(slot)
        commands.words.append(UInt32(count))
    }
}

// Functions that a profiler knows by these names. Not optimised, so that there is exactly one call of each.

/// The client's work, which does not count.
@_silgen_name("host_profile_take") @inline(never) @_optimize(none)
private func takeAnswers(_ transport: LoopTransport) { transport.take() }

/// The counting begins and ends here.
@_silgen_name("host_profile_mark") @inline(never) @_optimize(none)
private func mark(_ round: Int) {}
