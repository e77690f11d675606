import ASGIHost
import NodeAPI

/// Polls for answers before Node's event loop sleeps, so that Python's thread need not wake it, and spins for answers
/// and the next request where that has succeeded lately (measured: test/bench).
///
/// Used on the JavaScript thread only; closes with its environment.
final class AnswerPoller {
    /// Up to this many 32-bit numbers of commands or answers, those of about eight requests, count as few. With more,
    /// the cost of a wake-up is shared by many requests, and a spinning thread would receive them one by one.
    private static let fewNumbers = 160
    /// How long to spin when there were more, in nanoseconds: about as long as the next part of a batch takes. A busy
    /// thread has no time for more.
    private static let busySpinTime: UInt64 = 15_000

    private unowned let environment: NodeEnvironment
    /// Whether this thread runs Python's event loop, after each turn of which it has the answers anyway.
    private let isHosting: Bool
    private var poller: SpinPoller!
    private var isWatching = false
    private var policies = (few: AdaptiveSpinPolicy(), many: AdaptiveSpinPolicy())
    private var isForFew = true

    init(_ environment: NodeEnvironment, _ node: borrowing Node) throws(NodeError) {
        self.environment = environment
        isHosting = environment.client.isLocal
        let callbacks = SpinPoller.Callbacks(
            poll: { [unowned self] in deliver() },
            willSleep: { [unowned self] in stopWatching() },
            didSpin: { [unowned self] hasFound in
                if isForFew {
                    policies.few.record(success: hasFound)
                } else {
                    policies.many.record(success: hasFound)
                }
            })
        poller = try SpinPoller(callbacks, node)
        try node.atEnd { done in self.poller.close(done) }
    }

    /// Called when commands were submitted or answers delivered: more may follow soon.
    ///
    /// - Parameter count: how many 32-bit numbers they take.
    func didPass(_ count: Int) {
        poller.found()
        isForFew = count <= AnswerPoller.fewNumbers
        let time =
            if isForFew {
                policies.few.shouldSpin() ? AdaptiveSpinPolicy.spinTime : 0
            } else {
                !isHosting && policies.many.shouldSpin() ? AnswerPoller.busySpinTime : 0
            }
        if isHosting { return time > 0 ? poller.spin(for: time) : poller.stop() }
        if poller.isClosed { return }
        poller.spin(for: time)
        if isWatching { return }
        isWatching = true
        for index in environment.channels.indices { environment.channels[index].channel?.answers.watch() }
    }

    /// Lets this thread sleep: the next answers wake it.
    ///
    /// - Returns: whether there are answers already, for which it is not woken.
    func stopWatching() -> Bool {
        guard isWatching else { return false }
        isWatching = false
        var hasAnswers = false
        for index in environment.channels.indices {
            if environment.channels[index].channel?.answers.unwatch() == true { hasAnswers = true }
        }
        return hasAnswers
    }

    private func deliver() -> Bool {
        for index in environment.channels.indices where environment.channels[index].channel?.answers.isFilled == true {
            environment.deliverFromLoop()
            return true
        }
        return false
    }
}
