public import Synchronization

#if THREAD_SANITIZER
    import CPlatform
#endif

extension Mutex where Value: ~Copyable {
    /// `withLock`, visible to the thread sanitizer. The library with Swift's own lock is built without the sanitizer,
    /// which would otherwise report races on everything that the lock protects.
    @inlinable @inline(__always)
    public borrowing func locked<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        #if THREAD_SANITIZER
            try withLock { (value: inout sending Value) throws(Failure) -> sending Result in
                // Taking the address counts as a write, which happens before the lock is reported.
                cplatform_sanitizer_pause()
                let place = unsafe withUnsafeMutablePointer(to: &value) { UnsafeMutableRawPointer($0) }
                cplatform_sanitizer_resume()
                unsafe cplatform_lock_acquired(place)
                defer { unsafe cplatform_lock_released(place) }
                return try body(&value)
            }
        #else
            try withLock(body)
        #endif
    }
}
