/// The exchanges of a channel by their slots. Its own memory instead of an Array, so that moving an exchange in or out
/// does not retain it.
///
/// `@safe` because it owns the memory, and checks each index against `count`.
@safe struct ExchangeSlots: ~Copyable {
    private var start: UnsafeMutablePointer<(any Exchange)?>
    /// The number of slots that were ever used.
    private(set) var count = 0

    init() { unsafe start = .allocate(capacity: 0) }

    deinit {
        unsafe start.deinitialize(count: count)
        unsafe start.deallocate()
    }

    /// The exchange in a slot; `nil` for an empty or unknown slot.
    @inline(__always)
    subscript(slot: Int) -> (any Exchange)? { unsafe slot < count ? start[slot] : nil }

    /// Puts an exchange into a slot.
    @inline(__always)
    mutating func put(_ exchange: any Exchange, at slot: Int) {
        if slot >= count { grow(to: slot + 1) }
        unsafe start[slot] = exchange
    }

    /// Empties a slot.
    ///
    /// - Returns: the exchange that was in it.
    @inline(__always)
    mutating func take(_ slot: Int) -> (any Exchange)? {
        guard slot < count else { return nil }
        let exchange = unsafe (start + slot).move()
        unsafe (start + slot).initialize(to: nil)
        return exchange
    }

    private mutating func grow(to needed: Int) {
        let capacity = max(needed, count * 2, 64)
        let larger = UnsafeMutablePointer<(any Exchange)?>.allocate(capacity: capacity)
        unsafe larger.moveInitialize(from: start, count: count)
        unsafe (larger + count).initialize(repeating: nil, count: capacity - count)
        unsafe start.deallocate()
        unsafe start = larger
        count = capacity
    }
}
