#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A value that one thread sets once and others wait for.
///
/// For starting and loading, which may block; no request waits for one. `@unchecked` is sound because `value` is only
/// used under the lock.
///
/// `@safe` because it owns the lock, which lives as long as this object.
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

    /// The value, if it was set.
    public var result: Value? {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return value
    }

    /// Waits for the value, and returns `nil` if it was not set in this time.
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

    /// Waits for the value.
    public func wait() -> Value {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while true {
            if let value { return value }
            unsafe pthread_cond_wait(changed, lock)
        }
    }
}
