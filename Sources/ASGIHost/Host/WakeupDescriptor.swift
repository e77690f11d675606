import CPlatform

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A descriptor that an event loop watches, so that another thread can wake it.
///
/// An eventfd on Linux, a pipe elsewhere. Never closed: the loop that watches it lives as long as the process.
struct WakeupDescriptor: Sendable {
    /// What the event loop watches for reading.
    let readEnd: Int32
    /// What makes it readable when it is written: 8 bytes that are not zero.
    let writeEnd: Int32

    init() {
        var ends: [Int32] = [0, 0]
        let status = unsafe cplatform_wakeup_open(&ends)
        precondition(status == 0, "no descriptor is left for the event loop's wake-up: \(errno)")
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// Makes the descriptor readable. Any thread.
    func signal() {
        var one: UInt64 = 1
        // A full pipe or counter means that it is readable already.
        _ = unsafe write(writeEnd, &one, 8)
    }

    /// Makes it unreadable again. The event loop's thread.
    func reset() {
        var count: UInt64 = 0
        #if canImport(Darwin)
            while read(readEnd, &count, 8) == 8 {}
        #else
            _ = unsafe read(readEnd, &count, 8)
        #endif
    }
}
