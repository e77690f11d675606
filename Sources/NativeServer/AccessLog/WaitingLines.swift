import HTTP1
import Locks
import Synchronization

/// Log lines of one I/O thread that wait to be written. That thread adds lines, and any thread takes them.
///
/// The queue is bounded: if the lines are not taken in time, for example because the reader of a pipe has stopped,
/// further ones are dropped and counted.
final class WaitingLines: Sendable {
    private struct State: ~Copyable {
        var lines = OctetBuffer()
        var dropped = 0
        var isAnnounced = false
    }

    private let state = Mutex(State())
    /// The number of octets at which no further line is added.
    private let limit: Int
    /// The number of octets at which the lines should be taken at once.
    private static let large = 64 << 10

    /// An empty queue.
    ///
    /// - Parameter limit: the number of octets at which no further line is added.
    init(limit: Int = 16 << 20) { self.limit = limit }

    /// Adds a line, or counts it as dropped.
    ///
    /// - Parameter write: appends its octets.
    /// - Returns: whether so many lines wait that `announce` should be called now.
    func add(_ write: (inout OctetBuffer) -> Void) -> Bool {
        state.locked { state in
            guard state.lines.count < limit else {
                state.dropped += 1
                return false
            }
            if state.lines.count == 0 { _ = unsafe state.lines.reserve(WaitingLines.large) }
            write(&state.lines)
            return state.lines.count >= WaitingLines.large && !state.isAnnounced
        }
    }

    /// Marks the lines as announced, until they are taken.
    ///
    /// - Returns: whether there are lines that were not announced before.
    func announce() -> Bool {
        state.locked { state in
            guard !state.isAnnounced, state.lines.count > 0 else { return false }
            state.isAnnounced = true
            return true
        }
    }

    /// Moves all lines to the end of a buffer.
    ///
    /// - Returns: how many lines were dropped after them.
    func take(into all: inout OctetBuffer) -> Int {
        // Copied without the lock, so that the I/O thread does not wait.
        var taken = OctetBuffer()
        let dropped = state.locked { state in
            state.isAnnounced = false
            swap(&state.lines, &taken)
            defer { state.dropped = 0 }
            return state.dropped
        }
        unsafe all.append(taken.octets)
        return dropped
    }
}
