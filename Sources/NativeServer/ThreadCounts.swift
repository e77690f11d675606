import Synchronization

/// A counter that a single thread changes and any thread reads.
struct Count: ~Copyable {
    private let value = Atomic<Int>(0)

    @inline(__always)
    func add(_ more: Int) { value.store(value.load(ordering: .relaxed) &+ more, ordering: .relaxed) }

    var now: Int { value.load(ordering: .relaxed) }
}

/// The counters of one I/O thread.
struct ThreadCounts: ~Copyable {
    let requests = Count()
    let handedOver = Count()
    let refused = Count()
    let inFlight = Count()
    let errors = Count()
    let disconnects = Count()
    let files = Count()
    let bytesIn = Count()
    let bytesOut = Count()

    func load() -> ServerCounts {
        var counts = ServerCounts()
        counts.requests = requests.now
        counts.handedOver = handedOver.now
        counts.refused = refused.now
        counts.inFlight = inFlight.now
        counts.errors = errors.now
        counts.disconnects = disconnects.now
        counts.files = files.now
        counts.bytesIn = bytesIn.now
        counts.bytesOut = bytesOut.now
        return counts
    }
}
