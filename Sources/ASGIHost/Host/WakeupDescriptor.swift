import CPlatform

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A descriptor that an event loop watches, so that another thread can wake it.
///
/// An eventfd on Linux, a pipe elsewhere. Never closed, because the loop lives as long as the process.
struct WakeupDescriptor: Sendable {
    /// The descriptor that the event loop watches for reading.
    let readEnd: Int32
    /// The descriptor for writing: 8 bytes that are not zero make the other one readable.
    let writeEnd: Int32

    init() {
        var ends: [Int32] = [0, 0]
        let status = unsafe cplatform_wakeup_open(&ends)
        precondition(
            status == 0, "no descriptor for the event loop's wake-up (errno \(errno)): raise the limit of open files")
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// Makes the descriptor readable. Callable on any thread.
    func signal() {
        var one: UInt64 = 1
        // A full pipe or counter is readable already.
        _ = unsafe write(writeEnd, &one, 8)
    }

    /// Makes it unreadable again. Called on the event loop's thread.
    func reset() {
        var count: UInt64 = 0
        #if canImport(Darwin)
            while read(readEnd, &count, 8) == 8 {}
        #else
            _ = unsafe read(readEnd, &count, 8)
        #endif
    }
}
