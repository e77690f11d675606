import PythonAPI
import Synchronization

/// Whether other threads have logged records that must be delivered on the event loop's thread.
///
/// Set on any thread, cleared on the loop's thread before the end of an answer, which the records may belong to. From
/// Python 3.14 on, an `await` of a thread's result may resume before the callbacks that the thread has scheduled, so
/// the callbacks alone would be too late.
final class PendingLogFlag: Sendable {
    private let isSet = Atomic<Bool>(false)

    /// Clears the flag. Called on the loop's thread.
    ///
    /// - Returns: whether it was set.
    @inline(__always)
    func clear() -> Bool {
        guard isSet.load(ordering: .relaxed) else { return false }
        isSet.store(false, ordering: .relaxed)
        return true
    }

    /// The Python function that sets the flag, on the thread that has logged. Its capsule keeps this object alive.
    func function(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try PendingLogFlag.noteFunction.bound(to: try PyOwned.capsule(self, py), py)
    }

    private static let noteFunction = unsafe PyFunction.noArguments("note") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            unsafe PyRef(capsule!).object(as: PendingLogFlag.self).isSet.store(true, ordering: .relaxed)
            return py.none.owned(py)
        }
    }
}
