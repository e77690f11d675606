import Mailbox
import PythonAPI
import Synchronization

/// Measures how late the event loop is: another thread sends a beat regularly, and the loop answers it.
///
/// Written by both threads; readable on any thread.
final class LoopLagMonitor: Sendable {
    /// When the unanswered beat was sent, in the time of `MonotonicClock.now()`; 0 without one.
    private let pending = Atomic<UInt64>(0)
    /// How long the last answer took, in nanoseconds.
    private let last = Atomic<UInt64>(0)

    /// Nanoseconds that a ready callback waits: as long as the last beat did, or as the unanswered one has so far.
    var lag: UInt64 {
        let sent = pending.load(ordering: .relaxed)
        let known = last.load(ordering: .relaxed)
        return sent == 0 ? known : max(known, MonotonicClock.now() &- sent)
    }

    private func note(isAnswered: Bool) {
        let now = MonotonicClock.now()
        let sent = pending.exchange(isAnswered ? 0 : now, ordering: .relaxed)
        if isAnswered { last.store(now &- sent, ordering: .relaxed) }
    }

    /// The Python function `note(isAnswered)`, for the measuring thread and the loop. Its capsule keeps this object
    /// alive.
    func function(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try LoopLagMonitor.noteFunction.bound(to: try PyOwned.capsule(self, py), py)
    }

    private static let noteFunction = unsafe PyFunction.oneArgument("note") { capsule, isAnswered in
        unsafe Python.enter { py throws(PyError) in
            unsafe PyRef(capsule!).object(as: LoopLagMonitor.self).note(isAnswered: try PyRef(isAnswered!).isTrue(py))
            return py.none.owned(py)
        }
    }
}
