/// Reads the heads of responses out of a channel's records, and remembers what the next ones leave out: see `Head`.
///
/// One reader belongs to one channel, and is used on one thread. It has to read all heads of the channel in their order,
/// also those of responses that nobody wants any more. In the steady state it takes no memory.
/// `@safe` because its memory is its own, and nobody else sees it.
@safe public struct ResponseHeadReader: ~Copyable {
    /// The last heads of the shapes by their numbers, and at the end the last one that had no shape.
    private let heads = UnsafeMutablePointer<ReceivedHead?>.allocate(capacity: Head.mostShapes + 1)

    /// A reader for a channel from which no head has come.
    public init() { unsafe heads.initialize(repeating: nil, count: Head.mostShapes + 1) }

    deinit {
        unsafe heads.deinitialize(count: Head.mostShapes + 1)
        unsafe heads.deallocate()
    }

    /// Reads a head.
    ///
    /// - Parameters:
    ///   - numbers: where the head begins in its record, for example at `Answer.Start.head`.
    ///   - available: how many numbers the record has from there on.
    /// - Returns: the head, which is another one as soon as the next of its shape is read; `nil` where the record is too
    ///   short for what it says, or its shape is unknown.
    public mutating func read(_ numbers: UnsafePointer<UInt32>, available: Int) -> ReceivedHead? {
        guard var reader = unsafe HeadReader(numbers, available: available, unnamed: 0) else { return nil }
        guard reader.shape == Head.noShape || reader.shape < Head.mostShapes else { return nil }
        let number = min(Int(reader.shape), Head.mostShapes)
        if reader.definesNames { unsafe heads[number] = ReceivedHead(reader.count) }
        guard let head = unsafe heads[number], head.count == reader.count else { return nil }
        head.read(&reader)
        return head
    }
}

/// A response's head, or its trailers, as `ResponseHeadReader` has read it.
///
/// `@safe` because the memory is its own; the octets that it gives are unsafe to keep, and say so.
@safe public final class ReceivedHead {
    /// How many headers there are.
    public let count: Int
    /// The names, one after the other, and where each ends.
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

    /// A header's name, in lower case. Valid while the head is.
    @inline(__always)
    public func name(_ index: Int) -> UnsafeRawBufferPointer {
        let start = index == 0 ? 0 : ends[index - 1]
        return unsafe UnsafeRawBufferPointer(rebasing: names.bytes[start..<ends[index]])
    }

    /// A header's value. Valid until the next head of the shape is read.
    @inline(__always)
    public func value(_ index: Int) -> UnsafeRawBufferPointer { unsafe values[index].bytes }
}
