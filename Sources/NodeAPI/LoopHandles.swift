import CNodeAPI

/// What Node's event loop (libuv) watches for another event loop that it hosts: a descriptor, a time, and whether there
/// is more to do at once.
///
/// The JavaScript thread's. None of it keeps Node alive.
public final class LoopHandles {
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
        self.turns = turns
        loop = try node.eventLoop()
        poll = LoopHandle.allocate(UV_POLL)
        timer = LoopHandle.allocate(UV_TIMER)
        idle = LoopHandle.allocate(UV_IDLE)
        check = LoopHandle.allocate(UV_CHECK)
        prepare = LoopHandle.allocate(UV_PREPARE)
        // Closed together, so all are made before anything can fail. These four cannot.
        uv_timer_init(loop, timer)
        uv_idle_init(loop, idle)
        uv_check_init(loop, check)
        uv_prepare_init(loop, prepare)
        let status = uv_poll_init(loop, poll, descriptor)
        guard status == 0 else { throw NodeError(function: "uv_poll_init", status: UInt32(bitPattern: status)) }
        for handle in handles { handle.belong(to: self) }
        uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in LoopHandles.tell(handle, .readable) }
        uv_prepare_start(prepare) { LoopHandles.of($0).turns.pointee &+= 1 }
    }

    private var handles: [LoopHandle] {
        [LoopHandle(of: poll), .init(of: timer), .init(of: idle), .init(of: check), .init(of: prepare)]
    }

    private static func tell<Handle>(_ handle: UnsafeMutablePointer<Handle>?, _ event: Event) {
        of(handle).onEvent?(event)
    }

    private static func of<Handle>(_ handle: UnsafeMutablePointer<Handle>?) -> LoopHandles {
        LoopHandle.owner(of: handle)
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
                uv_idle_start(idle) { _ in }
                uv_check_start(check) { LoopHandles.tell($0, .due) }
            } else {
                uv_idle_stop(idle)
                uv_check_stop(check)
            }
        }
        guard time != self.time else { return }
        self.time = time
        guard time < .infinity else {
            uv_timer_stop(timer)
            return
        }
        uv_update_time(loop)
        // libuv's milliseconds are those of the same clock, rounded down: rounding up once is never early.
        let now = Double(uv_now(loop))
        let left = max(0, min((time * 1000).rounded(.up) - now, 1e12))
        uv_timer_start(
            timer,
            { handle in
                // Over: the same time asked for again starts it again.
                LoopHandles.of(handle).time = .infinity
                LoopHandles.tell(handle, .due)
            }, UInt64(left), 0)
    }

    /// Closes everything and calls `closed` when libuv has let go of it. Once.
    public func close(_ closed: @escaping () -> Void) {
        onEvent = nil
        LoopHandle.close(handles, of: self, closed)
    }
}
