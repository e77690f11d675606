#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Descriptors of the system.
enum Descriptor {
    /// A second one for the same connection, which programs that are started do not inherit; negative where there is none.
    static func duplicate(_ descriptor: Int32) -> Int32 { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }

    /// Programs that are started from now on do not inherit it.
    static func keep(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    /// Closes one; that its client has left already is no failure.
    static func close(_ descriptor: Int32) {
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }
}
