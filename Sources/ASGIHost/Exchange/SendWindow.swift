/// How many bytes of a response may be on their way to the consumer before `send()` waits.
///
/// That is `highWaterMark`. While a client takes everything at once, nothing waits for it anywhere, and what holds the
/// application is only the way from thread to thread and back, for each chunk: then the window is wider, until the client
/// is slow. What it is wider comes from a budget that all exchanges share.
struct SendWindow {
    /// Bytes that all windows together may be wider than their `highWaterMark`.
    static let budget = 16 << 20
    /// Bytes beyond which none becomes wider, and how many times its `highWaterMark` it may be.
    private static let widest = 256 << 10
    private static let mostTimes = 4

    private let highWaterMark: Int
    private var size: Int
    /// Bytes that the consumer has not taken.
    private(set) var outstanding = 0
    private var wasTooNarrow = false

    init(highWaterMark: Int) {
        self.highWaterMark = highWaterMark
        size = highWaterMark
    }

    /// Whether `send()` has to wait.
    @inline(__always)
    var isFull: Bool { outstanding > size }

    /// `send()` waits.
    mutating func holdUp() { wasTooNarrow = true }

    /// Whether a `send()` that has waited goes on: where the window is wide, not for each chunk.
    @inline(__always)
    var hasRoom: Bool { outstanding <= (size > highWaterMark ? size / 2 : size) }

    /// Bytes are on their way.
    @inline(__always)
    mutating func sent(_ count: Int) { outstanding += count }

    /// The consumer has taken bytes.
    mutating func taken(_ count: Int) { outstanding = max(0, outstanding - count) }

    /// The client has taken everything at once.
    mutating func widen(from budget: inout Int) {
        guard wasTooNarrow else { return }
        wasTooNarrow = false
        let most = min(SendWindow.widest, SendWindow.mostTimes * highWaterMark)
        let more = min(most - size, budget)
        guard more > 0 else { return }
        size += more
        budget -= more
    }

    /// The client is slow, or the exchange has ended.
    mutating func narrow(into budget: inout Int) {
        budget += size - highWaterMark
        size = highWaterMark
        wasTooNarrow = false
    }
}
