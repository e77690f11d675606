#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A growable piece of plain memory with one owner, reused from batch to batch.
///
/// It differs from Array: C code can fill it without initialising it first, it keeps its memory when it is emptied, and
/// whole buffers are swapped between threads. `@unchecked` because the pointer has one owner, the buffer itself.
/// `@safe` because the memory has as many elements as `count` says; using `start` is unsafe.
@safe public struct RawBuffer<Element: BitwiseCopyable & Sendable>: ~Copyable, @unchecked Sendable {
    /// The elements. Valid until the next append.
    public private(set) var start: UnsafeMutablePointer<Element>
    /// How many elements there are.
    public private(set) var count = 0
    private var capacity: Int

    /// An empty buffer.
    ///
    /// - Parameter capacity: how many elements fit before it grows.
    public init(capacity: Int = 256) {
        self.capacity = capacity
        unsafe start = .allocate(capacity: capacity)
    }

    deinit { unsafe start.deallocate() }

    /// The element at an index below `count`.
    @inline(__always)
    public subscript(index: Int) -> Element {
        get {
            assert(index < count)
            return unsafe start[index]
        }
        set {
            assert(index < count)
            unsafe start[index] = newValue
        }
    }

    /// The elements as bytes.
    @inline(__always)
    public var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: start, count: count * MemoryLayout<Element>.stride)
    }

    /// Adds one element.
    @inline(__always)
    public mutating func append(_ element: Element) {
        if count == capacity { grow(to: count + 1) }
        unsafe start[count] = element
        count += 1
    }

    /// Appends a copy of elements.
    @inline(__always)
    public mutating func append(_ from: UnsafePointer<Element>, count added: Int) {
        unsafe extend(by: added).update(from: from, count: added)
    }

    /// Appends uninitialised elements, which the caller must fill.
    ///
    /// - Returns: the first of them.
    @inline(__always)
    public mutating func extend(by added: Int) -> UnsafeMutablePointer<Element> {
        if count + added > capacity { grow(to: count + added) }
        defer { count += added }
        return unsafe start + count
    }

    /// Removes the elements from an index on. When it is emptied, a buffer of more than 1 MiB is replaced by a small
    /// one.
    ///
    /// - Parameter length: how many elements remain.
    public mutating func shrink(to length: Int) {
        count = length
        if length == 0, capacity * MemoryLayout<Element>.stride > 1 << 20 {
            unsafe start.deallocate()
            capacity = 256
            unsafe start = .allocate(capacity: capacity)
        }
    }

    private mutating func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        unsafe moved.update(from: start, count: count)
        unsafe start.deallocate()
        unsafe start = moved
        capacity = larger
    }
}
