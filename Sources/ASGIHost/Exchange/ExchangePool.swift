import PythonAPI

/// HTTP exchanges that have ended, to be used again when nothing of them is kept by anybody.
///
/// Whether that is so is asked when one is needed, not when it ends: the context in which it was called still has its
/// capsule then.
struct ExchangePool {
    /// How many may wait here; a queue, so that the one asked for ended longest ago.
    private static let capacity = 128
    /// With so many, the first is given up when it is still kept: it may be for ever.
    private static let enough = 8

    private var exchanges: [HTTPExchange?] = Array(repeating: nil, count: capacity)
    private var first = 0
    private var count = 0

    /// Takes an exchange that has ended.
    ///
    /// - Returns: `false` where there is no room.
    mutating func put(_ exchange: HTTPExchange) -> Bool {
        guard count < ExchangePool.capacity else { return false }
        exchanges[(first + count) % ExchangePool.capacity] = exchange
        count += 1
        return true
    }

    /// An exchange that nobody else has; `nil` where there is none.
    @inline(__always)
    mutating func take(_ memory: CallObjects.Memory, _ py: borrowing Python) -> HTTPExchange? {
        guard count > 0 else { return nil }
        // An awaitable of `receive()` that somebody keeps has the exchange without the capsule.
        let isOwn = isKnownUniquelyReferenced(&exchanges[first])
        let exchange = exchanges[first]!
        if isOwn, exchange.isUnobserved(memory) {
            removeFirst()
            return exchange
        }
        if count > ExchangePool.enough {
            removeFirst()
            exchange.leaveToPython(py)
        }
        return nil
    }

    private mutating func removeFirst() {
        exchanges[first] = nil
        first = (first + 1) % ExchangePool.capacity
        count -= 1
    }

    /// Gives all up.
    mutating func clear(_ py: borrowing Python) {
        while count > 0 {
            let exchange = exchanges[first]
            removeFirst()
            exchange?.leaveToPython(py)
        }
    }
}
