import Mailbox
import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file, or a part of one, that is sent as a body: the owner of its descriptor.
struct SentFile {
    /// The first octet to send.
    let start: Int
    /// How many octets to send.
    let count: Int
    private let descriptor: Int32

    /// Takes what a record describes.
    ///
    /// - Parameter description: as `Answer.file` has it: a path, or a descriptor that is this value's from now on.
    /// - Returns: `nil` for a path where there is no regular file that can be read.
    init?(_ description: UnsafeRawBufferPointer) {
        if unsafe description.first == 0 {
            let numbers = unsafe description.split(separator: 0).map { digits in
                unsafe digits.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
            }
            guard numbers.count == 3 else { return nil }
            (descriptor, start, count) = (Int32(numbers[0]), numbers[1], numbers[2])
        } else {
            let path = unsafe Array(description) + [0]
            // Not blocked by what has taken the place of the file.
            descriptor = unsafe path.withUnsafeBytes { bytes in
                // A copy with a NUL at its end, which is there during the call.
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

    /// Whether so many octets of it are there: it may have become shorter.
    func has(_ count: Int) -> Bool { (SentFile.size(of: descriptor) ?? 0) - start >= count }

    /// Gives the descriptor back to the system.
    func close() { Descriptor.close(descriptor) }

    /// Gives the first octets of it as NIO sends them, with the function that ends their use.
    func region(_ count: Int) -> (region: FileRegion, release: @Sendable () -> Void) {
        // NIO has no other type for it, and says that it will not be taken away.
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        let region = FileRegion(fileHandle: handle, readerIndex: start, endIndex: start + count)
        return (region, { SentFile.release(handle) })
    }

    private static func release(_ handle: NIOFileHandle) {
        do {
            Descriptor.close(try handle.takeDescriptorOwnership())
        } catch {
            assertionFailure("The descriptor of a file that was sent is somebody else's: \(error)")
        }
    }

    /// The size of a regular file; `nil` for what is none.
    private static func size(of descriptor: Int32) -> Int? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}
