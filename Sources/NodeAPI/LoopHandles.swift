import CNodeAPI

/// The libuv handles through which Node's event loop drives a guest event loop on the same thread: they watch its
/// descriptor, its timer, and whether its callbacks are ready.
///
/// Used on the JavaScript thread only. The handles do not keep Node alive. `@safe` because libuv uses the handles only
/// until they are closed, and they are freed after that.
@safe public final class LoopHandles {
    /// Why the guest loop should run.
    public enum Event {
        /// The descriptor is readable.
        case readable
        /// The time has come, or callbacks are ready.
        case due
    }

    /// Called on the JavaScript thread, outside of JavaScript and without a handle scope.
    public var onEvent: ((Event) -> Void)?

    private let loop: UnsafeMutablePointer<uv_loop_t>
    private let poll: UnsafeMutablePointer<uv_poll_t>
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private let idle: UnsafeMutablePointer<uv_idle_t>
    private let check: UnsafeMutablePointer<uv_check_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let turns: UnsafeMutablePointer<UInt32>
    private var isReady = false
    private var time = Double.infinity

    /// Watches a descriptor for reading (`uv_poll_init`).
    ///
    /// - Parameters:
    ///   - descriptor: the guest loop's descriptor.
    ///   - turns: incremented in each turn of Node's loop before it polls; must stay valid until `close`.
    /// - Throws: `NodeError` with libuv's status if the descriptor cannot be watched.
    public init(
        descriptor: Int32, counting turns: UnsafeMutablePointer<UInt32>, _ node: borrowing Node
    ) throws(NodeError) {
        unsafe self.turns = turns
        unsafe loop = try unsafe node.eventLoop()
        unsafe poll = LoopHandle.allocate(UV_POLL)
        unsafe timer = LoopHandle.allocate(UV_TIMER)
        unsafe idle = LoopHandle.allocate(UV_IDLE)
        unsafe check = LoopHandle.allocate(UV_CHECK)
        unsafe prepare = LoopHandle.allocate(UV_PREPARE)
        // All handles are closed together, so all are initialised before anything can fail. These four cannot fail.
        unsafe uv_timer_init(loop, timer)
        unsafe uv_idle_init(loop, idle)
        unsafe uv_check_init(loop, check)
        unsafe uv_prepare_init(loop, prepare)
        let status = unsafe uv_poll_init(loop, poll, descriptor)
        guard status == 0 else { throw NodeError(function: "uv_poll_init", status: UInt32(bitPattern: status)) }
        for index in unsafe handles.indices { unsafe handles[index].belong(to: self) }
        unsafe uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
            unsafe LoopHandles.notify(handle, .readable)
        }
        unsafe uv_prepare_start(prepare) { unsafe LoopHandles.of($0).turns.pointee &+= 1 }
    }

    private var handles: [LoopHandle] {
        unsafe [LoopHandle(of: poll), .init(of: timer), .init(of: idle), .init(of: check), .init(of: prepare)]
    }

    private static func notify<Handle>(_ handle: UnsafeMutablePointer<Handle>?, _ event: Event) {
        unsafe of(handle).onEvent?(event)
    }

    private static func of<Handle>(_ handle: UnsafeMutablePointer<Handle>?) -> LoopHandles {
        unsafe LoopHandle.owner(of: handle)
    }

    /// Sets what to wait for in addition to the descriptor.
    ///
    /// - Parameters:
    ///   - isReady: if true, Node's loop does not sleep and `due` follows in each of its turns.
    ///   - time: when `due` follows, in seconds of the monotonic clock; infinite for never.
    public func wait(isReady: Bool, until time: Double) {
        if isReady != self.isReady {
            self.isReady = isReady
            if isReady {
                // While an idle handle is active libuv polls without sleeping; check handles run after polling.
                unsafe uv_idle_start(idle) { _ in }
                unsafe uv_check_start(check) { unsafe LoopHandles.notify($0, .due) }
            } else {
                unsafe uv_idle_stop(idle)
                unsafe uv_check_stop(check)
            }
        }
        guard time != self.time else { return }
        self.time = time
        guard time < .infinity else {
            unsafe uv_timer_stop(timer)
            return
        }
        unsafe uv_update_time(loop)
        // libuv's time is the same clock in milliseconds, rounded down. Rounding up here is never early.
        let now = unsafe Double(uv_now(loop))
        let left = max(0, min((time * 1000).rounded(.up) - now, 1e12))
        unsafe uv_timer_start(
            timer,
            { handle in
                // The timer has fired, so the same time has to start it again.
                unsafe LoopHandles.of(handle).time = .infinity
                unsafe LoopHandles.notify(handle, .due)
            }, UInt64(left), 0)
    }

    /// Closes all handles. May be called once.
    ///
    /// - Parameter closed: called in a later turn of the loop, when libuv has released them.
    public func close(_ closed: @escaping () -> Void) {
        onEvent = nil
        unsafe LoopHandle.close(handles, of: self, closed)
    }
}
