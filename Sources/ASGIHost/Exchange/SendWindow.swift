/// The flow-control window of a response: how many uncredited bytes may be sent before `send()` waits.
///
/// Its size is `highWaterMark`. A client that reads everything at once makes it wider, because then only the round trip
/// between the threads limits the speed; a slow client makes it narrow again. All windows together borrow the
/// additional bytes from one budget.
struct SendWindow {
    /// Bytes by which all windows together may exceed their `highWaterMark`.
    static let budget = 16 << 20
    /// The largest size in bytes, and the largest multiple of `highWaterMark`.
    private static let maxSize = 256 << 10
    private static let maxFactor = 4

    private let highWaterMark: Int
    private var size: Int
    /// Bytes that the consumer has not credited.
    private(set) var outstanding = 0
    private var wasTooNarrow = false

    init(highWaterMark: Int) {
        self.highWaterMark = highWaterMark
        size = highWaterMark
    }

    /// Whether `send()` has to wait.
    @inline(__always)
    var isFull: Bool { outstanding > size }

    /// Records that `send()` waits.
    mutating func recordWait() { wasTooNarrow = true }

    /// Whether a waiting `send()` continues: not for each chunk if the window is wide.
    @inline(__always)
    var hasRoom: Bool { outstanding <= (size > highWaterMark ? size / 2 : size) }

    /// Counts bytes that were sent.
    @inline(__always)
    mutating func sent(_ count: Int) { outstanding += count }

    /// Counts bytes that the consumer has credited.
    mutating func taken(_ count: Int) { outstanding = max(0, outstanding - count) }

    /// Widens the window, because the client has read everything at once.
    mutating func widen(from budget: inout Int) {
        guard wasTooNarrow else { return }
        wasTooNarrow = false
        let limit = min(SendWindow.maxSize, SendWindow.maxFactor * highWaterMark)
        let more = min(limit - size, budget)
        guard more > 0 else { return }
        size += more
        budget -= more
    }

    /// Narrows the window, because the client is slow or the exchange has ended.
    mutating func narrow(into budget: inout Int) {
        budget += size - highWaterMark
        size = highWaterMark
        wasTooNarrow = false
    }
}
