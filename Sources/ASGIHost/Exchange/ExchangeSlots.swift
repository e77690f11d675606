/// The exchanges of a channel by their slots: memory of its own instead of an Array, so that an exchange is moved in and
/// out without being retained on the way.
///
/// `@safe` because the memory is its own, and each index is below `count`.
@safe struct ExchangeSlots: ~Copyable {
    private var start: UnsafeMutablePointer<(any Exchange)?>
    /// How many slots there are; those behind them are empty.
    private(set) var count = 0

    init() { unsafe start = .allocate(capacity: 0) }

    deinit {
        unsafe start.deinitialize(count: count)
        unsafe start.deallocate()
    }

    /// The exchange of a slot, if it has one.
    @inline(__always)
    subscript(slot: Int) -> (any Exchange)? { unsafe slot < count ? start[slot] : nil }

    /// Gives a slot an exchange.
    @inline(__always)
    mutating func put(_ exchange: any Exchange, at slot: Int) {
        if slot >= count { grow(to: slot + 1) }
        unsafe start[slot] = exchange
    }

    /// Empties a slot.
    ///
    /// - Returns: what it had.
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
