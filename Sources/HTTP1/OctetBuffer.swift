/// Growable memory for octets with one owner, reused from message to message. It allocates nothing before the first
/// octet.
///
/// `@safe` because it owns the memory; what it returns of it is unsafe to keep.
@safe public struct OctetBuffer: ~Copyable, @unchecked Sendable {
    // `@unchecked` because only the buffer has the memory, and a whole buffer is moved between threads.
    private var start: UnsafeMutablePointer<UInt8>?
    /// How many octets fit before it grows.
    public private(set) var capacity = 0
    /// How many octets there are.
    public private(set) var count = 0

    /// An empty buffer.
    public init() {}

    deinit { unsafe start?.deallocate() }

    /// The octets. Valid until the next change.
    @inline(__always)
    public var octets: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }

    /// Makes space for octets at the end. After writing them call `advance`.
    ///
    /// - Parameter count: the largest number of octets that will be written.
    /// - Returns: where to write them; valid until the next change.
    @inline(__always)
    public mutating func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        if let start = unsafe start, self.count + count <= capacity { return unsafe start + self.count }
        return unsafe grow(to: self.count + count)
    }

    /// Adds octets that were written to the memory that `reserve` has returned.
    @inline(__always)
    public mutating func advance(_ count: Int) {
        assert(self.count + count <= capacity)
        self.count += count
    }

    /// Adds octets.
    @inline(__always)
    public mutating func append(_ octets: UnsafeRawBufferPointer) {
        guard let from = octets.baseAddress else { return }
        unsafe UnsafeMutableRawPointer(reserve(octets.count)).copyMemory(from: from, byteCount: octets.count)
        count += octets.count
    }

    /// Adds a constant text.
    @inline(__always)
    public mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Adds a number in decimal digits.
    ///
    /// - Parameter number: not negative.
    public mutating func append(decimal number: Int) {
        assert(number >= 0)
        var digits = 1
        var left = number
        while left >= 10 {
            left /= 10
            digits += 1
        }
        let target = unsafe reserve(digits)
        left = number
        for at in stride(from: digits - 1, through: 0, by: -1) {
            unsafe target[at] = 0x30 + UInt8(truncatingIfNeeded: left % 10)
            left /= 10
        }
        count += digits
    }

    /// Removes the octets from an index on and keeps the memory.
    ///
    /// - Parameter length: how many octets remain.
    public mutating func truncate(to length: Int = 0) {
        assert(length <= count)
        count = length
    }

    /// Removes all octets, and frees the memory if there is too much.
    ///
    /// - Parameter maxCapacity: the largest capacity that is kept, in octets.
    public mutating func clear(keeping maxCapacity: Int = 0) {
        count = 0
        guard capacity > maxCapacity else { return }
        unsafe start?.deallocate()
        unsafe start = nil
        capacity = 0
    }

    private mutating func grow(to needed: Int) -> UnsafeMutablePointer<UInt8> {
        let larger = max(needed, capacity * 2, 256)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        if let start = unsafe start {
            unsafe moved.update(from: start, count: count)
            unsafe start.deallocate()
        }
        unsafe start = moved
        capacity = larger
        return unsafe moved + count
    }
}
