import ASGIHost
import NodeAPI

/// Drives asyncio's event loop by Node's (`thread: 'node'`): libuv's handles start its turns, and answers are delivered
/// after each.
///
/// Used on the JavaScript thread of the environment that has made the first handler; ends with it.
final class UVLoopDriver {
    private let guest: GuestEventLoop
    private let handles: LoopHandles
    private unowned let environment: NodeEnvironment

    /// Begins to drive the guest loop.
    ///
    /// - Parameter turns: incremented in each turn of Node's loop.
    init(
        _ guest: GuestEventLoop, _ environment: NodeEnvironment, counting turns: UnsafeMutablePointer<UInt32>,
        _ node: borrowing Node
    ) throws(NodeError) {
        self.guest = guest
        self.environment = environment
        handles = try unsafe LoopHandles(descriptor: guest.descriptor, counting: turns, node)
        handles.onEvent = { [unowned environment] event in
            switch event {
            case .readable: guest.turn(.readable)
            case .due: guest.turn(.due)
            }
            if environment.hasAnswers { environment.deliverFromLoop() }
        }
        guest.onNextWakeup = { [handles] next in handles.wait(isReady: next.isReady, until: next.callAt) }
        try node.atEnd { done in self.end(done) }
    }

    /// Lets Python take a turn. The caller delivers the answers afterwards.
    func turn(_ reason: GuestEventLoop.Reason) { guest.turn(reason) }

    private func end(_ done: @escaping () -> Void) {
        guest.end(continues: !environment.isFirst)
        handles.close(done)
    }
}
