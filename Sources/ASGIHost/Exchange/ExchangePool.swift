import PythonAPI

/// HTTP exchanges that have ended, to be used again when nothing of them is kept by anybody.
///
/// Whether that is so is asked when one is needed, not when it ends: the context in which it was called still has its
/// capsule then. The next request of the same task takes the one that ended last, capsule in the context and all.
///
/// Memory of its own instead of an Array: an exchange is moved in and out without being retained on the way.
struct ExchangePool: ~Copyable {
    /// How many may wait here; a queue, so that the one asked for ended longest ago.
    private static let capacity = 128
    /// With so many, the first is given up when it is still kept: it may be for ever.
    private static let enough = 8

    private let places = UnsafeMutablePointer<HTTPExchange?>.allocate(capacity: capacity)
    private var first = 0
    private var count = 0

    init() { places.initialize(repeating: nil, count: ExchangePool.capacity) }

    deinit {
        places.deinitialize(count: ExchangePool.capacity)
        places.deallocate()
    }

    /// Whether there is no room.
    var isFull: Bool { count == ExchangePool.capacity }

    /// Takes an exchange that has ended; there has to be room.
    @inline(__always)
    mutating func put(_ exchange: consuming HTTPExchange) {
        (places + (first + count) % ExchangePool.capacity).initialize(to: exchange)
        count += 1
    }

    /// An exchange that nobody else has; `nil` where there is none.
    @inline(__always)
    mutating func take(_ memory: borrowing CallObjects.Memory, _ py: borrowing Python) -> HTTPExchange? {
        guard count > 0 else { return nil }
        let place = places + first
        // An awaitable of `receive()` that somebody keeps has the exchange without the capsule.
        let isOwn = isKnownUniquelyReferenced(&place.pointee)
        guard let exchange = remove(place) else { return nil }
        if isOwn, exchange.isUnobserved(memory) {
            removedFirst()
            return exchange
        }
        if count > ExchangePool.enough {
            removedFirst()
            exchange.leaveToPython(py)
        } else {
            place.initialize(to: exchange)
        }
        return nil
    }

    /// The exchange that came last, when it is that one, and nobody but a context's variable has anything of it.
    ///
    /// - Parameter wanted: its address.
    @inline(__always)
    mutating func takeLast(
        _ wanted: UnsafeRawPointer, _ memory: borrowing CallObjects.Memory, _ py: borrowing Python
    ) -> HTTPExchange? {
        guard count > 0 else { return nil }
        let place = places + (first + count - 1) % ExchangePool.capacity
        let isOwn = isKnownUniquelyReferenced(&place.pointee)
        guard let exchange = remove(place) else { return nil }
        if isOwn, UnsafeRawPointer(Unmanaged.passUnretained(exchange).toOpaque()) == wanted,
            exchange.isUnobserved(memory, inContext: true)
        {
            count -= 1
            return exchange
        }
        place.initialize(to: exchange)
        return nil
    }

    @inline(__always)
    private func remove(_ place: UnsafeMutablePointer<HTTPExchange?>) -> HTTPExchange? {
        let exchange = place.move()
        place.initialize(to: nil)
        return exchange
    }

    @inline(__always)
    private mutating func removedFirst() {
        first = (first + 1) % ExchangePool.capacity
        count -= 1
    }

    /// Gives those up that were an application's.
    mutating func forget(_ application: Application, _ py: borrowing Python) {
        for _ in 0..<count {
            guard let exchange = remove(places + first) else { continue }
            removedFirst()
            if exchange.application === application { exchange.leaveToPython(py) } else { put(exchange) }
        }
    }

    /// Gives all up.
    mutating func clear(_ py: borrowing Python) {
        while count > 0 {
            let exchange = remove(places + first)
            removedFirst()
            exchange?.leaveToPython(py)
        }
    }
}
