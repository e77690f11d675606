#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension Batch.Block {
    /// A block with a copy of the bytes in memory of `BlockPool`. The caller owns it.
    public init(copying bytes: UnsafeRawBufferPointer) {
        let memory = unsafe BlockPool.allocate(bytes.count)
        if let start = bytes.baseAddress { unsafe memcpy(memory, start, bytes.count) }
        unsafe self.init(start: memory, count: bytes.count, borrowed: nil)
    }
}
