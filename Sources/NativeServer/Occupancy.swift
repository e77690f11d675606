import Synchronization

/// How many requests of an application are under way, of all its servers and of JavaScript together. Any thread may call it.
public final class Occupancy: Sendable {
    private let count: Atomic<Int>

    /// - Parameter count: that are under way already.
    public init(_ count: Int) { self.count = Atomic(count) }

    /// Counts one more.
    ///
    /// - Parameter most: there may be at a time.
    /// - Returns: whether it may begin; else it is not counted.
    public func enter(atMost most: Int) -> Bool {
        var now = count.load(ordering: .relaxed)
        while now < most {
            let (isExchanged, found) = count.weakCompareExchange(
                expected: now, desired: now + 1, ordering: .relaxed)
            if isExchanged { return true }
            now = found
        }
        return false
    }

    /// One that has entered is over.
    public func leave() { count.subtract(1, ordering: .relaxed) }
}
