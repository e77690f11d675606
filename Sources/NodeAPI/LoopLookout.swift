import CNodeAPI

/// Has Node's event loop ask the system again and again instead of sleeping, for a short time in which something is likely
/// to come, and look aside each time: at what comes from another thread without waking this one.
///
/// The JavaScript thread's. It does not keep Node alive, and no JavaScript waits for it: the loop takes its turns.
/// `@safe` because libuv has its handles until they are closed, and they are freed after that.
@safe public final class LoopLookout {
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

    /// What it asks whoever it looks for.
    public struct Questions {
        /// Looks aside; whether something has come, which is dealt with when this returns. It may look again from there.
        let hasCome: () -> Bool
        /// The loop is about to sleep; whether something has come in this moment: then it looks aside once more.
        let mustStay: () -> Bool
        /// What came of looking, each time that the loop would have slept otherwise.
        let looked: (_ hasCome: Bool) -> Void

        /// Called on the JavaScript thread, outside of any JavaScript, without a handle scope.
        public init(
            hasCome: @escaping () -> Bool, mustStay: @escaping () -> Bool, looked: @escaping (_ hasCome: Bool) -> Void
        ) {
            (self.hasCome, self.mustStay, self.looked) = (hasCome, mustStay, looked)
        }
    }

    private var questions: Questions?
    /// Keeps the loop from sleeping while it is active.
    private let idle: UnsafeMutablePointer<uv_idle_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private var state = State.off
    private var time: UInt64 = 0
    private var end: UInt64 = 0

    /// One for the environment's event loop, which has to `close` it when it ends.
    public init(_ questions: Questions, _ node: borrowing Node) throws(NodeError) {
        self.questions = questions
        let loop = try unsafe node.eventLoop()
        unsafe idle = LoopHandle.allocate(UV_IDLE)
        unsafe prepare = LoopHandle.allocate(UV_PREPARE)
        unsafe uv_idle_init(loop, idle)
        unsafe uv_prepare_init(loop, prepare)
        for index in unsafe handles.indices { unsafe handles[index].belong(to: self) }
    }

    private var handles: [LoopHandle] { unsafe [LoopHandle(of: idle), .init(of: prepare)] }

    /// Closes its handles and calls `closed` when libuv has let go of them. Once.
    public func close(_ closed: @escaping () -> Void) {
        questions = nil
        state = .over
        unsafe LoopHandle.close(handles, of: self, closed)
    }

    /// Whether it is closed.
    public var isClosed: Bool { state == .over }

    /// What is looked for has come.
    public func came() {
        if state == .looking { questions?.looked(true) }
    }

    /// Looks aside, and at what the system has, when the loop has nothing else to do.
    ///
    /// - Parameter time: nanoseconds from then; 0: once, and only aside.
    public func look(for time: UInt64) {
        if state == .over { return }
        if state == .off {
            // As long as it is active the loop does not sleep, whoever has called this and from where.
            unsafe uv_idle_start(idle) { _ in }
            unsafe uv_prepare_start(prepare) { unsafe (LoopHandle.owner(of: $0) as LoopLookout).loopAsks() }
        }
        state = .awaited
        self.time = time
    }

    /// Lets the loop sleep when it has nothing to do.
    public func sleep() {
        if state == .off || state == .over { return }
        state = .off
        unsafe uv_idle_stop(idle)
        unsafe uv_prepare_stop(prepare)
    }

    /// The loop is about to ask the system.
    private func loopAsks() {
        guard let questions, state != .off else { return }
        if state == .begun { state = .looking }
        if questions.hasCome() { return }
        if state == .awaited, time > 0 {
            state = .begun
            end = uv_hrtime() &+ time
        } else if state == .awaited || uv_hrtime() > end {
            if questions.mustStay() {
                _ = questions.hasCome()
                return
            }
            let isInVain = state == .looking
            sleep()
            if isInVain { questions.looked(false) }
        }
    }
}
