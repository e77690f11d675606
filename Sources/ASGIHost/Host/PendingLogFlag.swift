import PythonAPI
import Synchronization

/// Whether other threads have logged records that still have to be delivered on the event loop's thread.
///
/// Written by any thread, read by the loop's: an answer's end looks here first, since what a thread has logged by then
/// belongs to it. From Python 3.14 on, an `await` of something a thread did may come back before the callbacks that the
/// thread has scheduled.
final class DistantRecords: Sendable {
    private let areThere = Atomic<Bool>(false)

    /// Whether there are some; from now on there are none.
    @inline(__always)
    func take() -> Bool {
        guard areThere.load(ordering: .relaxed) else { return false }
        areThere.store(false, ordering: .relaxed)
        return true
    }

    /// `note()`, for the thread that has logged. The capsule keeps this object.
    func function(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try DistantRecords.noteFunction.bound(to: try PyOwned.capsule(self, py), py)
    }

    private static let noteFunction = unsafe PyFunction.noArguments("note") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            unsafe PyRef(capsule!).object(as: DistantRecords.self).areThere.store(true, ordering: .relaxed)
            return py.none.owned(py)
        }
    }
}
