import Mailbox
import PythonAPI

/// Keeps bodies alive that clients read in Python's memory.
extension LoopContext {
    /// Keeps an object alive as long as a client reads its memory.
    ///
    /// - Returns: `nil` unless it is exactly `bytes`: a subclass may have code that runs at its end, and other types
    ///   may change their memory.
    func borrow(_ object: PyRef, _ count: Int, _ py: borrowing Python) -> BorrowedBuffer? {
        guard object.isExactly(names.bytesType, py) else { return nil }
        return unsafe BorrowedBuffer(
            of: UnsafeMutableRawPointer(object.owned(py).take()), count: count, at: releaseQueue)
    }

    /// Releases the objects that clients have finished reading.
    func releaseBorrowed(_ py: borrowing Python) {
        unsafe releaseQueue.release { object in
            // Sound because `borrow` made the address from an owned object.
            _ = unsafe PyOwned(stealing: object.assumingMemoryBound(to: PyPointer.Pointee.self))
        }
    }
}
