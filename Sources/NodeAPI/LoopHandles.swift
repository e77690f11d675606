import CNodeAPI

/// What Node's event loop (libuv) watches for another event loop that it hosts: a descriptor, a time, and whether there
/// is more to do at once.
///
/// The JavaScript thread's. None of it keeps Node alive.
/// `@safe` because libuv has its handles until they are closed, and they are freed after that.
@safe public final class LoopHandles {
    /// What happened.
    public enum Event {
        /// The descriptor is readable.
        case readable
        /// The time has come, or there was more to do.
        case due
    }

    /// Called on the JavaScript thread, outside of any JavaScript, without a handle scope.
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

    /// Watches a descriptor for reading.
    ///
    /// - Parameter turns: counts the turns of Node's loop, each from when it asks the system; there until `close` is called.
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
        // Closed together, so all are made before anything can fail. These four cannot.
        unsafe uv_timer_init(loop, timer)
        unsafe uv_idle_init(loop, idle)
        unsafe uv_check_init(loop, check)
        unsafe uv_prepare_init(loop, prepare)
        let status = unsafe uv_poll_init(loop, poll, descriptor)
        guard status == 0 else { throw NodeError(function: "uv_poll_init", status: UInt32(bitPattern: status)) }
        for index in unsafe handles.indices { unsafe handles[index].belong(to: self) }
        unsafe uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
            unsafe LoopHandles.tell(handle, .readable)
        }
        unsafe uv_prepare_start(prepare) { unsafe LoopHandles.of($0).turns.pointee &+= 1 }
    }

    private var handles: [LoopHandle] {
        unsafe [LoopHandle(of: poll), .init(of: timer), .init(of: idle), .init(of: check), .init(of: prepare)]
    }

    private static func tell<Handle>(_ handle: UnsafeMutablePointer<Handle>?, _ event: Event) {
        unsafe of(handle).onEvent?(event)
    }

    private static func of<Handle>(_ handle: UnsafeMutablePointer<Handle>?) -> LoopHandles {
        unsafe LoopHandle.owner(of: handle)
    }

    /// Says what to wait for besides the descriptor.
    ///
    /// - Parameters:
    ///   - isReady: `due` comes in each turn of Node's loop, which does not sleep.
    ///   - time: seconds of the monotonic clock at which `due` comes; infinite for never.
    public func wait(isReady: Bool, until time: Double) {
        if isReady != self.isReady {
            self.isReady = isReady
            if isReady {
                // An idle handle has Node poll without sleeping; check comes behind the polling.
                unsafe uv_idle_start(idle) { _ in }
                unsafe uv_check_start(check) { unsafe LoopHandles.tell($0, .due) }
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
        // libuv's milliseconds are those of the same clock, rounded down: rounding up once is never early.
        let now = unsafe Double(uv_now(loop))
        let left = max(0, min((time * 1000).rounded(.up) - now, 1e12))
        unsafe uv_timer_start(
            timer,
            { handle in
                // Over: the same time asked for again starts it again.
                unsafe LoopHandles.of(handle).time = .infinity
                unsafe LoopHandles.tell(handle, .due)
            }, UInt64(left), 0)
    }

    /// Closes everything and calls `closed` when libuv has let go of it. Once.
    public func close(_ closed: @escaping () -> Void) {
        onEvent = nil
        unsafe LoopHandle.close(handles, of: self, closed)
    }
}
