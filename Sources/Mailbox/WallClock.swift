#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A clock for points in time, such as those in logs (`CLOCK_REALTIME`).
public enum WallClock {
    /// Milliseconds since 1970, in UTC. Any thread.
    @inline(__always)
    public static var milliseconds: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
