#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A part of a file that an application has open (ASGI, "Zero Copy Send").
struct FileRange {
    /// The number of bytes to send.
    let count: Int
    private let offset: Int
    private let descriptor: Int32
    private let movesPosition: Bool

    /// The requested part as far as it exists in the file; `nil` if the descriptor is not that of a regular file.
    ///
    /// - Parameters:
    ///   - descriptor: the application's, which still has to close it.
    ///   - offset: where the part begins; `nil` for the file's current position.
    ///   - count: its length; `nil` for the rest of the file.
    init?(_ descriptor: Int32, offset: Int?, count: Int?) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let start = offset ?? Int(lseek(descriptor, 0, SEEK_CUR))
        guard start >= 0, count ?? 0 >= 0 else { return nil }
        self.offset = start
        self.count = min(count ?? .max, max(0, Int(status.st_size) - start))
        self.descriptor = descriptor
        movesPosition = offset == nil
    }

    /// Advances the file's position as reading would do, so that the next part follows.
    func advance() {
        if movesPosition { _ = lseek(descriptor, off_t(offset + count), SEEK_SET) }
    }

    /// A duplicate of the descriptor, which the channel's client owns, with offset and count; `nil` if no descriptor is
    /// left.
    var description: [UInt8]? {
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard own >= 0 else { return nil }
        return Array("\0\(own)\0\(offset)\0\(count)".utf8)
    }
}
