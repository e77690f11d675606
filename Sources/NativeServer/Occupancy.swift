import Synchronization

/// Counts the requests of an application that are in flight, in all its servers and in JavaScript. Any thread.
public final class Occupancy: Sendable {
    private let count: Atomic<Int>

    /// A counter.
    ///
    /// - Parameter count: how many are in flight already.
    public init(_ count: Int) { self.count = Atomic(count) }

    /// Counts a request, if there are fewer than the limit.
    ///
    /// - Parameter limit: how many may be in flight.
    /// - Returns: whether it was counted and may begin.
    public func enter(limit: Int) -> Bool {
        var now = count.load(ordering: .relaxed)
        while now < limit {
            let (isExchanged, found) = count.weakCompareExchange(
                expected: now, desired: now + 1, ordering: .relaxed)
            if isExchanged { return true }
            now = found
        }
        return false
    }

    /// A counted request has ended.
    public func leave() { count.subtract(1, ordering: .relaxed) }
}
