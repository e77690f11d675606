import ASGIHost
import NodeAPI

/// Node's event loop as the host of asyncio's (`thread: 'node'`): its handles call for the turns, and answers are
/// delivered behind each.
///
/// The JavaScript thread's, of the environment that made the first handler; ends with it.
final class UVLoopDriver {
    private let guest: GuestEventLoop
    private let handles: LoopHandles
    private unowned let environment: NodeEnvironment

    /// - Parameter turns: counts the turns of Node's loop.
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

    /// Lets Python carry out what was submitted; JavaScript reads the answers behind it.
    func turn(_ reason: GuestEventLoop.Reason) { guest.turn(reason) }

    private func end(_ done: @escaping () -> Void) {
        guest.end(goesOn: !environment.isFirst)
        handles.close(done)
    }
}
