import Locks
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Memory for large bodies, which one thread takes and another gives back.
///
/// What is given back is kept for the next body: the system's allocator returns such pieces to the kernel, which has to
/// clear each page anew when they are wanted again (an upload in pieces of 64 KiB: a sixth of JavaScript's time).
public enum BlockPool {
    /// The smallest and the largest piece that is kept, as powers of two: 16 KiB and 1 MiB.
    private static let (smallest, largest) = (14, 20)
    /// Bytes that are kept at most.
    private static let most = 4 << 20

    private struct Kept {
        /// Addresses of free pieces, by the power of two of their size.
        var pieces = [[UInt]](repeating: [], count: BlockPool.largest + 1)
        var bytes = 0
    }

    private static let kept = Mutex(Kept())
    private static let taken = Atomic<Int>(0)

    /// The power of two of a size's piece; `nil` for what is not kept.
    @inline(__always)
    private static func power(of count: Int) -> Int? {
        guard count > 0, count <= 1 << largest else { return nil }
        return max(smallest, Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    /// Memory for so many bytes, to be given back with the same number. Any thread.
    public static func take(_ count: Int) -> UnsafeMutableRawPointer {
        taken.wrappingAdd(1, ordering: .relaxed)
        guard let power = power(of: count) else { return unsafe malloc(count)! }
        let known = kept.locked { kept in
            let piece = kept.pieces[power].popLast()
            if piece != nil { kept.bytes -= 1 << power }
            return piece
        }
        return unsafe known.flatMap { unsafe UnsafeMutableRawPointer(bitPattern: $0) } ?? malloc(1 << power)!
    }

    /// Gives memory back. Any thread.
    public static func give(_ memory: UnsafeMutableRawPointer?, _ count: Int) {
        guard let memory = unsafe memory else { return }
        taken.wrappingSubtract(1, ordering: .relaxed)
        guard let power = power(of: count) else { return unsafe free(memory) }
        let address = UInt(bitPattern: memory)
        let isKept = kept.locked { kept in
            guard kept.bytes + 1 << power <= most else { return false }
            kept.pieces[power].append(address)
            kept.bytes += 1 << power
            return true
        }
        if !isKept { unsafe free(memory) }
    }

    /// Pieces that nobody has given back, for tests. Any thread.
    public static var live: Int { taken.load(ordering: .relaxed) }

    /// Bytes that are kept, for tests.
    package static var keptBytes: Int { kept.locked { $0.bytes } }
}
