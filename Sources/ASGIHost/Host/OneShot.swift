#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One thread waits here until another has a result for it.
///
/// For starting and loading only, where the contract is to block; nothing waits per request.
/// `@unchecked` because `value` is read and written under the lock.
///
/// `@safe` because the lock is its own, and lives as long as it does.
@safe public final class OneShot<Value: Sendable>: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value?

    /// A one-shot without a value.
    public init() {
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
        unsafe changed.deallocate()
    }

    /// Sets the value and wakes the waiting threads; a second call changes nothing.
    public func fulfill(_ result: Value) {
        unsafe pthread_mutex_lock(lock)
        if value == nil { value = result }
        unsafe pthread_cond_broadcast(changed)
        unsafe pthread_mutex_unlock(lock)
    }

    /// The result, if it is there.
    public var result: Value? {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return value
    }

    /// Waits for the result, at most so many milliseconds; `nil` when they are over.
    public func wait(milliseconds: Int) -> Value? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &deadline)
        let nanoseconds = deadline.tv_nsec + milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while value == nil {
            if unsafe pthread_cond_timedwait(changed, lock, &deadline) != 0 { break }
        }
        return value
    }

    /// Waits for the result.
    public func wait() -> Value {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while true {
            if let value { return value }
            unsafe pthread_cond_wait(changed, lock)
        }
    }
}
