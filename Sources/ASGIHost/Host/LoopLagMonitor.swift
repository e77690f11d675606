import Mailbox
import PythonAPI
import Synchronization

/// How late the event loop is: a thread beside it sends a beat now and then, and the loop answers.
///
/// Written by both, read by any thread.
final class LoopLagMonitor: Sendable {
    /// When the beat was sent that waits for its answer, as `MonotonicClock.now()` has it; 0 for none.
    private let pending = Atomic<UInt64>(0)
    /// How long the last answer took, nanoseconds.
    private let last = Atomic<UInt64>(0)

    /// Nanoseconds that a callback which is ready now has to wait: as long as the last one has, or the present one does.
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

    /// `note(isAnswered)`, for the watching thread and the loop. The capsule keeps the lagMonitor.
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
