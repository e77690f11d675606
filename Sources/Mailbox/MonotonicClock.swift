#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The clock that only goes forward, for what waits.
public enum MonotonicClock {
    /// Nanoseconds since some time before the process began. Any thread.
    @inline(__always)
    public static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
