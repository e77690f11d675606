import Locks
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Memory for large bodies, allocated on one thread and released on another.
///
/// Released memory is kept for the next body. The system's allocator would return pieces of this size to the kernel,
/// which has to clear every page again at the next use (measured: test/bench).
public enum BlockPool {
    /// The sizes that are kept, as powers of two: 16 KiB to 1 MiB.
    private static let (smallest, largest) = (14, 20)
    /// How many bytes are kept at most.
    private static let maxKeptBytes = 4 << 20

    private struct Kept {
        /// The addresses of free pieces, by the power of two of their size.
        var pieces = [[UInt]](repeating: [], count: BlockPool.largest + 1)
        var bytes = 0
    }

    private static let kept = Mutex(Kept())
    private static let allocated = Atomic<Int>(0)

    /// The power of two that a size is rounded up to; `nil` for sizes that are not kept.
    @inline(__always)
    private static func power(of count: Int) -> Int? {
        guard count > 0, count <= 1 << largest else { return nil }
        return max(smallest, Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    /// Allocates memory. Any thread.
    ///
    /// - Parameter count: bytes; `release` needs the same number.
    public static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        allocated.wrappingAdd(1, ordering: .relaxed)
        guard let power = power(of: count) else { return unsafe malloc(count)! }
        let known = kept.locked { kept in
            let piece = kept.pieces[power].popLast()
            if piece != nil { kept.bytes -= 1 << power }
            return piece
        }
        return unsafe known.flatMap { unsafe UnsafeMutableRawPointer(bitPattern: $0) } ?? malloc(1 << power)!
    }

    /// Releases memory, or keeps it for the next call of `allocate`. Any thread.
    public static func release(_ memory: UnsafeMutableRawPointer?, _ count: Int) {
        guard let memory = unsafe memory else { return }
        allocated.wrappingSubtract(1, ordering: .relaxed)
        guard let power = power(of: count) else { return unsafe free(memory) }
        let address = UInt(bitPattern: memory)
        let isKept = kept.locked { kept in
            guard kept.bytes + 1 << power <= maxKeptBytes else { return false }
            kept.pieces[power].append(address)
            kept.bytes += 1 << power
            return true
        }
        if !isKept { unsafe free(memory) }
    }

    /// How many pieces are allocated, for tests. Any thread.
    public static var live: Int { allocated.load(ordering: .relaxed) }

    /// How many bytes are kept for reuse, for tests.
    package static var keptBytes: Int { kept.locked { $0.bytes } }
}
