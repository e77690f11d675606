#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension Batch.Block {
    /// A block with a copy of some bytes, in memory of `BlockPool` that the caller owns.
    public init(copying bytes: UnsafeRawBufferPointer) {
        let memory = unsafe BlockPool.take(bytes.count)
        if let start = bytes.baseAddress { unsafe memcpy(memory, start, bytes.count) }
        unsafe self.init(start: memory, count: bytes.count, borrowed: nil)
    }
}
