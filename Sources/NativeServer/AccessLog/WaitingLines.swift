import HTTP1
import Locks
import Synchronization

/// The lines of one I/O thread that wait to be written: its thread adds them, and any thread takes them.
///
/// They are bounded: where nobody takes them in time, as the reader of a pipe has stopped, further ones are left out and
/// counted.
final class WaitingLines: Sendable {
    private struct State: ~Copyable {
        var lines = OctetBuffer()
        var leftOut = 0
        var isTold = false
    }

    private let state = Mutex(State())
    /// No line is added to so many octets.
    private let most: Int
    /// With so many octets the lines are to be taken at once.
    private static let large = 64 << 10

    /// None.
    init(most: Int = 16 << 20) { self.most = most }

    /// Adds a line.
    ///
    /// - Parameter write: adds its octets.
    /// - Returns: whether so many wait that this is to be told now.
    func add(_ write: (inout OctetBuffer) -> Void) -> Bool {
        state.locked { state in
            guard state.lines.count < most else {
                state.leftOut += 1
                return false
            }
            if state.lines.count == 0 { _ = unsafe state.lines.reserve(WaitingLines.large) }
            write(&state.lines)
            return state.lines.count >= WaitingLines.large && !state.isTold
        }
    }

    /// Whether there is something to tell, which counts as told until lines are taken again.
    func tell() -> Bool {
        state.locked { state in
            guard !state.isTold, state.lines.count > 0 else { return false }
            state.isTold = true
            return true
        }
    }

    /// Moves all lines to the end of others.
    ///
    /// - Returns: how many were left out after them.
    func take(into all: inout OctetBuffer) -> Int {
        // Copied without the lock, which the I/O thread would wait for.
        var taken = OctetBuffer()
        let leftOut = state.locked { state in
            state.isTold = false
            swap(&state.lines, &taken)
            defer { state.leftOut = 0 }
            return state.leftOut
        }
        unsafe all.append(taken.octets)
        return leftOut
    }
}
