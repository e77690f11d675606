public import Synchronization

#if THREAD_SANITIZER
    import CPlatform
#endif

extension Mutex where Value: ~Copyable {
    /// `withLock`, which the thread sanitizer is told of: the library with Swift's own lock is built without it, so it
    /// would see none.
    @inlinable @inline(__always)
    public borrowing func locked<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        #if THREAD_SANITIZER
            try withLock { (value: inout sending Value) throws(Failure) -> sending Result in
                // Asking where the value is counts as a change of it, which nothing has ordered yet.
                cplatform_look_away()
                let place = unsafe withUnsafeMutablePointer(to: &value) { UnsafeMutableRawPointer($0) }
                cplatform_look_again()
                unsafe cplatform_lock_taken(place)
                defer { unsafe cplatform_lock_given(place) }
                return try body(&value)
            }
        #else
            try withLock(body)
        #endif
    }
}
