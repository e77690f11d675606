#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// File descriptors.
enum Descriptor {
    /// Duplicates a descriptor. Programs that the process starts do not inherit it. Negative on failure.
    static func duplicate(_ descriptor: Int32) -> Int32 { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }

    /// Keeps programs that the process starts from inheriting the descriptor.
    static func setCloseOnExec(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    /// Closes a descriptor. Errors are ignored: it is closed in any case.
    static func close(_ descriptor: Int32) {
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }
}
