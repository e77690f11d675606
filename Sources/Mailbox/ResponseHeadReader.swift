/// Reads the heads of responses from a channel's records, and remembers what later heads leave out: see `Head`.
///
/// A channel has one reader, used on one thread. It must read all heads of the channel in their order, including those
/// of responses that are no longer wanted. It allocates memory only for new shapes. `@safe` because nothing else has
/// its memory.
@safe public struct ResponseHeadReader: ~Copyable {
    /// The last head of each shape, by number, and at the end the last head without a shape.
    private let heads = UnsafeMutablePointer<ReceivedHead?>.allocate(capacity: Head.maxShapes + 1)

    /// A reader for a channel that has not received a head yet.
    public init() { unsafe heads.initialize(repeating: nil, count: Head.maxShapes + 1) }

    deinit {
        unsafe heads.deinitialize(count: Head.maxShapes + 1)
        unsafe heads.deallocate()
    }

    /// Reads a head.
    ///
    /// - Parameters:
    ///   - numbers: the head's first number, for example the one at `Answer.Start.head`.
    ///   - available: how many numbers the record has from there on.
    /// - Returns: the head, which changes when the next head of its shape is read; `nil` if the record is too short for
    ///   its own numbers, or if the shape is unknown.
    public mutating func read(_ numbers: UnsafePointer<UInt32>, available: Int) -> ReceivedHead? {
        guard var reader = unsafe HeadReader(numbers, available: available, unnamed: 0) else { return nil }
        guard reader.shape == Head.noShape || reader.shape < Head.maxShapes else { return nil }
        let number = min(Int(reader.shape), Head.maxShapes)
        if reader.definesNames { unsafe heads[number] = ReceivedHead(reader.count) }
        guard let head = unsafe heads[number], head.count == reader.count else { return nil }
        head.read(&reader)
        return head
    }
}

/// The head or trailers of a response, as read by `ResponseHeadReader`.
///
/// `@safe` because it owns its memory; the octets that it returns are unsafe to keep.
@safe public final class ReceivedHead {
    /// How many headers there are.
    public let count: Int
    /// The names, one after the other, and the offset at which each ends.
    private var names = RawBuffer<UInt8>(capacity: 128)
    private var ends = RawBuffer<Int>(capacity: 16)
    private let values: UnsafeMutablePointer<RawBuffer<UInt8>>

    fileprivate init(_ count: Int) {
        self.count = count
        unsafe values = .allocate(capacity: count)
        for index in 0..<count { unsafe (values + index).initialize(to: RawBuffer(capacity: 32)) }
    }

    deinit {
        unsafe values.deinitialize(count: count)
        unsafe values.deallocate()
    }

    fileprivate func read(_ reader: inout HeadReader) {
        if reader.definesNames {
            for _ in 0..<count {
                unsafe ReceivedHead.append(reader.next(), to: &names)
                ends.append(names.count)
            }
        }
        for index in 0..<count where reader.isSent(index) {
            unsafe values[index].shrink(to: 0)
            unsafe ReceivedHead.append(reader.next(), to: &values[index])
        }
    }

    private static func append(_ octets: UnsafeRawBufferPointer, to buffer: inout RawBuffer<UInt8>) {
        guard let start = octets.baseAddress else { return }
        unsafe buffer.append(start.assumingMemoryBound(to: UInt8.self), count: octets.count)
    }

    /// A header's name, in lower case. Valid while the head is alive.
    @inline(__always)
    public func name(_ index: Int) -> UnsafeRawBufferPointer {
        let start = index == 0 ? 0 : ends[index - 1]
        return unsafe UnsafeRawBufferPointer(rebasing: names.bytes[start..<ends[index]])
    }

    /// A header's value. Valid until the next head of this shape is read.
    @inline(__always)
    public func value(_ index: Int) -> UnsafeRawBufferPointer { unsafe values[index].bytes }
}
