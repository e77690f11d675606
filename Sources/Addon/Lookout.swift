import ASGIHost
import NodeAPI

/// Has Node's event loop look for answers before it sleeps, so that Python's thread need not wake it, and go on looking for
/// them and for the next request where that has paid lately.
///
/// The JavaScript thread's, and ends with its environment. A request alone takes about half as long with it, as no thread is
/// woken: measured in test/bench.
final class Lookout {
    /// Numbers of commands or answers, of some eight requests: being woken for more costs each of them little, and one that
    /// looks gets them apart.
    private static let few = 160
    /// Nanoseconds to look where there were more: about as long as the next share of a batch takes. Looking longer takes
    /// time from a busy thread and brings nothing.
    private static let briefly: UInt64 = 15_000

    private unowned let environment: Environment
    /// This thread hosts Python's event loop, and has the answers after each turn of it.
    private let isHosting: Bool
    private var loop: LoopLookout!
    private var isWatching = false
    private var prospects = (few: Prospect(), many: Prospect())
    private var isForFew = true

    init(_ environment: Environment, _ node: borrowing Node) throws(NodeError) {
        self.environment = environment
        isHosting = environment.client.isLocal
        let questions = LoopLookout.Questions(
            hasCome: { [unowned self] in deliver() },
            mustStay: { [unowned self] in stopWatching() },
            looked: { [unowned self] hasCome in
                if isForFew { prospects.few.learn(hasCome) } else { prospects.many.learn(hasCome) }
            })
        loop = try LoopLookout(questions, node)
        try node.atEnd { done in self.loop.close(done) }
    }

    /// So many numbers of commands or answers have passed: what was looked for has come, and more may follow soon.
    func passed(_ count: Int) {
        loop.came()
        isForFew = count <= Lookout.few
        let time =
            if isForFew {
                prospects.few.isWorthIt() ? Prospect.time : 0
            } else {
                !isHosting && prospects.many.isWorthIt() ? Lookout.briefly : 0
            }
        if isHosting { return time > 0 ? loop.look(for: time) : loop.sleep() }
        if loop.isClosed { return }
        loop.look(for: time)
        if isWatching { return }
        isWatching = true
        for index in environment.channels.indices { environment.channels[index].channel?.answers.watch() }
    }

    /// This thread may sleep from now on, and is woken for the next answers.
    ///
    /// - Returns: whether there are some already, for which it is not.
    func stopWatching() -> Bool {
        guard isWatching else { return false }
        isWatching = false
        var hasCome = false
        for index in environment.channels.indices {
            if environment.channels[index].channel?.answers.unwatch() == true { hasCome = true }
        }
        return hasCome
    }

    private func deliver() -> Bool {
        for index in environment.channels.indices where environment.channels[index].channel?.answers.isFilled == true {
            environment.deliverFromLoop()
            return true
        }
        return false
    }
}
