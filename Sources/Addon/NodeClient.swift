import ASGIHost
import NodeAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Notifies a JavaScript thread of answers: through its event loop, or in a synchronous request.
///
/// `@unchecked` because `wakes` is protected by the lock, and the other properties are only used by this thread if it
/// hosts the loop. `@safe` because the lock and the condition live as long as this object.
@safe final class NodeClient: Host.Client, @unchecked Sendable {
    private let function: WakeFunction
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let woken = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var wakes: UInt64 = 0
    /// Whether this JavaScript thread hosts the event loop, so that it looks for answers itself after each turn. Set
    /// before the first answer.
    var isLocal = false
    /// Whether there are answers. Only used if `isLocal`.
    var hasAnswers = false

    init(_ function: WakeFunction) {
        self.function = function
        unsafe pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        #if !canImport(Darwin)
            unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        #endif
        unsafe pthread_cond_init(woken, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(woken)
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
        unsafe woken.deallocate()
    }

    func wake() {
        if isLocal {
            hasAnswers = true
            return
        }
        function.wake()
        unsafe pthread_mutex_lock(lock)
        wakes &+= 1
        unsafe pthread_cond_signal(woken)
        unsafe pthread_mutex_unlock(lock)
    }

    /// How often there were answers, for `wait`.
    var count: UInt64 {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return wakes
    }

    /// Blocks until `count` differs from `seen`, or the time is over.
    func wait(after seen: UInt64, milliseconds: Double) {
        var deadline = timespec()
        #if canImport(Darwin)
            clock_gettime(CLOCK_REALTIME, &deadline)
        #else
            unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        #endif
        let nanoseconds = deadline.tv_nsec + Int(milliseconds.truncatingRemainder(dividingBy: 1000) * 1_000_000)
        deadline.tv_sec += Int(milliseconds / 1000) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while wakes == seen {
            if unsafe pthread_cond_timedwait(woken, lock, &deadline) == ETIMEDOUT { return }
        }
    }
}
