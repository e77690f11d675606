import ASGIHost
import NodeAPI

/// Node's event loop as the host of asyncio's (`thread: 'node'`): its handles call for the turns, and answers are
/// delivered behind each.
///
/// The JavaScript thread's, of the environment that made the first handler; ends with it.
final class HostingLoop {
    private let hosted: HostedLoop
    private let handles: LoopHandles
    private unowned let environment: Environment

    /// - Parameter turns: counts the turns of Node's loop.
    init(
        _ hosted: HostedLoop, _ environment: Environment, counting turns: UnsafeMutablePointer<UInt32>,
        _ node: borrowing Node
    ) throws(NodeError) {
        self.hosted = hosted
        self.environment = environment
        handles = try unsafe LoopHandles(descriptor: hosted.descriptor, counting: turns, node)
        handles.onEvent = { [unowned environment] event in
            switch event {
            case .readable: hosted.turn(.readable)
            case .due: hosted.turn(.due)
            }
            if environment.hasAnswers { environment.deliverFromLoop() }
        }
        hosted.onWish = { [handles] wish in handles.wait(isReady: wish.isReady, until: wish.callAt) }
        try node.atEnd { done in self.end(done) }
    }

    /// Lets Python carry out what was submitted; JavaScript reads the answers behind it.
    func turn(_ reason: HostedLoop.Reason) { hosted.turn(reason) }

    private func end(_ done: @escaping () -> Void) {
        hosted.end(goesOn: !environment.isFirst)
        handles.close(done)
    }
}
