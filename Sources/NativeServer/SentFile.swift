import Mailbox
import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file, or a part of one, that is sent as a body. It owns the descriptor.
struct SentFile {
    /// The first octet to send.
    let start: Int
    /// How many octets to send.
    let count: Int
    private let descriptor: Int32

    /// Takes over the file that a record describes.
    ///
    /// - Parameter description: in the format of `Answer.file`: a path, or a descriptor, which it then owns.
    /// - Returns: `nil` if there is no readable regular file at the path.
    init?(_ description: UnsafeRawBufferPointer) {
        if unsafe description.first == 0 {
            let numbers = unsafe description.split(separator: 0).map { digits in
                unsafe digits.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
            }
            guard numbers.count == 3 else { return nil }
            (descriptor, start, count) = (Int32(numbers[0]), numbers[1], numbers[2])
        } else {
            let path = unsafe Array(description) + [0]
            // O_NONBLOCK, in case the path is now a FIFO.
            descriptor = unsafe path.withUnsafeBytes { bytes in
                // The copy ends with a NUL and lives during the call.
                unsafe open(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            }
            guard descriptor >= 0 else { return nil }
            start = 0
            guard let size = SentFile.size(of: descriptor) else {
                Descriptor.close(descriptor)
                return nil
            }
            count = size
        }
    }

    /// Whether the file still has this many octets after `start`.
    func has(_ count: Int) -> Bool { (SentFile.size(of: descriptor) ?? 0) - start >= count }

    /// Closes the descriptor.
    func close() { Descriptor.close(descriptor) }

    /// The first octets in the form that NIO sends, and a function to call afterwards.
    func region(_ count: Int) -> (region: FileRegion, release: @Sendable () -> Void) {
        // NIO has no other type for this; the deprecation is only a name.
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        let region = FileRegion(fileHandle: handle, readerIndex: start, endIndex: start + count)
        return (region, { SentFile.release(handle) })
    }

    private static func release(_ handle: NIOFileHandle) {
        do {
            Descriptor.close(try handle.takeDescriptorOwnership())
        } catch {
            assertionFailure("The descriptor of a file that was sent was closed elsewhere: \(error)")
        }
    }

    /// The size of a regular file; `nil` for anything else.
    private static func size(of descriptor: Int32) -> Int? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}
