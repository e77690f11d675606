import CNodeAPI

/// Has Node's event loop ask the system again and again instead of sleeping, for a short time in which something is likely
/// to come: being woken costs more than asking.
///
/// The JavaScript thread's. It does not keep Node alive, and no JavaScript waits for it: the loop takes its turns.
public final class LoopLookout {
    private enum State {
        /// The loop sleeps when it has nothing to do.
        case off
        /// It has not had the time to look yet.
        case awaited
        /// It asks the system for the first time: what is there now has not been looked for.
        case begun
        /// It asks instead of sleeping.
        case looking
        /// Its handles are closed.
        case over
    }

    /// Called with what came of looking, each time that the loop would have slept otherwise.
    public var onLooked: ((_ hasCome: Bool) -> Void)?

    /// Keeps the loop from sleeping while it is active.
    private let idle: UnsafeMutablePointer<uv_idle_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let time: UInt64
    private var state = State.off
    private var end: UInt64 = 0

    /// One for the environment's event loop, which has to `close` it when it ends.
    ///
    /// - Parameter time: nanoseconds to look.
    public init(for time: UInt64, _ node: borrowing Node) throws(NodeError) {
        self.time = time
        var loop: UnsafeMutablePointer<uv_loop_t>?
        try NodeError.check(napi_get_uv_event_loop(node.env, &loop), "napi_get_uv_event_loop")
        idle = LoopHandle.allocate(UV_IDLE)
        prepare = LoopHandle.allocate(UV_PREPARE)
        uv_idle_init(loop, idle)
        uv_prepare_init(loop, prepare)
        for handle in handles { handle.belong(to: self) }
    }

    private var handles: [LoopHandle] { [LoopHandle(of: idle), .init(of: prepare)] }

    /// Closes its handles and calls `closed` when libuv has let go of them. Once.
    public func close(_ closed: @escaping () -> Void) {
        onLooked = nil
        state = .over
        LoopHandle.close(handles, of: self, closed)
    }

    /// What is looked for has come.
    public func came() {
        if state == .looking { onLooked?(true) }
    }

    /// Looks, from when the loop has nothing else to do.
    public func look() {
        if state == .over { return }
        if state == .off {
            uv_idle_start(idle) { _ in }
            uv_prepare_start(prepare) { (LoopHandle.owner(of: $0) as LoopLookout).loopAsks() }
        }
        state = .awaited
    }

    /// Lets the loop sleep when it has nothing to do.
    public func sleep() {
        if state == .off || state == .over { return }
        state = .off
        uv_idle_stop(idle)
        uv_prepare_stop(prepare)
    }

    /// The loop is about to ask the system.
    private func loopAsks() {
        switch state {
        case .off, .over: break
        case .awaited:
            state = .begun
            end = uv_hrtime() &+ time
        case .begun, .looking:
            state = .looking
            guard uv_hrtime() > end else { return }
            sleep()
            onLooked?(false)
        }
    }
}
