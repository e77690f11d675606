import CNodeAPI

/// Makes Node's event loop poll for a short time instead of sleeping, because something is likely to arrive soon: input
/// from the system, or something from another thread, which then need not wake this one.
///
/// Used on the JavaScript thread only. It does not keep Node alive. JavaScript runs meanwhile, since the loop takes its
/// turns. `@safe` because libuv uses the handles only until they are closed, and they are freed after that.
@safe public final class SpinPoller {
    private enum State {
        /// The loop sleeps when it has nothing to do.
        case off
        /// Started; the loop has not reached its polling phase yet.
        case armed
        /// The loop polls the system for the first time. Input that it finds now was there before, so it is no success.
        case firstPoll
        /// The loop polls instead of sleeping.
        case spinning
        /// The handles are closed.
        case closed
    }

    /// Called on the JavaScript thread, outside of JavaScript and without a handle scope.
    public struct Callbacks {
        /// Looks for something from another thread and handles it. Returns whether there was any. May call `spin`
        /// again.
        let poll: () -> Bool
        /// The loop is about to sleep. Returns whether something has arrived at the last moment; `poll` is then called
        /// again.
        let willSleep: () -> Bool
        /// Spinning has ended, with or without success.
        let didSpin: (_ hasFound: Bool) -> Void

        /// Makes the callbacks.
        ///
        /// - Parameters:
        ///   - poll: looks for something from another thread, handles it, and returns whether there was any.
        ///   - willSleep: called before the loop sleeps; returns whether something has arrived at the last moment.
        ///   - didSpin: called when spinning ends, with whether it has found something.
        public init(
            poll: @escaping () -> Bool, willSleep: @escaping () -> Bool, didSpin: @escaping (_ hasFound: Bool) -> Void
        ) {
            (self.poll, self.willSleep, self.didSpin) = (poll, willSleep, didSpin)
        }
    }

    private var callbacks: Callbacks?
    /// Keeps the loop from sleeping while it is active.
    private let idle: UnsafeMutablePointer<uv_idle_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private var state = State.off
    private var time: UInt64 = 0
    private var end: UInt64 = 0

    /// Makes a poller for the environment's event loop (`uv_idle_init`, `uv_prepare_init`).
    ///
    /// The caller must `close` it before the environment ends.
    /// - Throws: `NodeError` of `napi_get_uv_event_loop`.
    public init(_ callbacks: Callbacks, _ node: borrowing Node) throws(NodeError) {
        self.callbacks = callbacks
        let loop = try unsafe node.eventLoop()
        unsafe idle = LoopHandle.allocate(UV_IDLE)
        unsafe prepare = LoopHandle.allocate(UV_PREPARE)
        unsafe uv_idle_init(loop, idle)
        unsafe uv_prepare_init(loop, prepare)
        for index in unsafe handles.indices { unsafe handles[index].belong(to: self) }
    }

    private var handles: [LoopHandle] { unsafe [LoopHandle(of: idle), .init(of: prepare)] }

    /// Closes the handles. May be called once.
    ///
    /// - Parameter closed: called in a later turn of the loop, when libuv has released them.
    public func close(_ closed: @escaping () -> Void) {
        callbacks = nil
        state = .closed
        unsafe LoopHandle.close(handles, of: self, closed)
    }

    /// Whether it is closed.
    public var isClosed: Bool { state == .closed }

    /// Records that the awaited input has arrived, so spinning has succeeded.
    public func found() {
        if state == .spinning { callbacks?.didSpin(true) }
    }

    /// Makes the loop poll when it has nothing else to do.
    ///
    /// - Parameter time: how long to poll instead of sleeping, in nanoseconds; 0 calls `poll` once and does not spin.
    public func spin(for time: UInt64) {
        if state == .closed { return }
        if state == .off {
            // An active idle handle keeps the loop from sleeping, wherever in the turn this was called.
            unsafe uv_idle_start(idle) { _ in }
            unsafe uv_prepare_start(prepare) { unsafe (LoopHandle.owner(of: $0) as SpinPoller).loopWillPoll() }
        }
        state = .armed
        self.time = time
    }

    /// Lets the loop sleep when it has nothing to do.
    public func stop() {
        if state == .off || state == .closed { return }
        state = .off
        unsafe uv_idle_stop(idle)
        unsafe uv_prepare_stop(prepare)
    }

    /// The loop is about to poll the system.
    private func loopWillPoll() {
        guard let callbacks, state != .off else { return }
        if state == .firstPoll { state = .spinning }
        if callbacks.poll() { return }
        if state == .armed, time > 0 {
            state = .firstPoll
            end = uv_hrtime() &+ time
        } else if state == .armed || uv_hrtime() > end {
            if callbacks.willSleep() {
                _ = callbacks.poll()
                return
            }
            let isInVain = state == .spinning
            stop()
            if isInVain { callbacks.didSpin(false) }
        }
    }
}
