import ASGIHost
import NodeAPI

/// Has Node's event loop look for the next request, or the answer, instead of sleeping, where that has paid lately.
///
/// The JavaScript thread's, and ends with its environment. (In process, a request alone: 117,000 instead of 56,000 requests
/// a second, and less of both threads' time. `listener` under wrk, one connection: 8,200 instead of 4,100, with
/// `thread: 'node'` 10,100 instead of 7,200.)
final class Lookout {
    /// Numbers of commands or answers, of some eight requests: being woken for more costs each of them little, and one that
    /// looks gets them apart.
    private static let few = 64

    private let loop: LoopLookout
    private var prospect = Prospect()

    init(_ node: borrowing Node) throws(NodeError) {
        loop = try LoopLookout(for: Prospect.time, node)
        loop.onLooked = { [unowned self] hasCome in prospect.learn(hasCome) }
        try node.atEnd { done in self.loop.close(done) }
    }

    /// So many numbers of commands or answers have passed: what was looked for has come, and more may follow soon.
    func passed(_ count: Int) {
        loop.came()
        if count <= Lookout.few, prospect.isWorthIt() { loop.look() } else { loop.sleep() }
    }
}
