#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A clock that never goes back (`CLOCK_MONOTONIC`), for measuring time.
public enum MonotonicClock {
    /// Nanoseconds since some moment before the process started. Any thread.
    @inline(__always)
    public static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
