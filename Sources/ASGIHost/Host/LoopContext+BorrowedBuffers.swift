import Mailbox
import PythonAPI

/// Bodies that clients read where the applications have them.
extension LoopContext {
    /// Keeps an object for as long as its memory is read elsewhere.
    ///
    /// - Returns: `nil` for what is not exactly `bytes`: its class may have code that runs when it ends, and its memory may
    ///   change before.
    func borrow(_ object: PyRef, _ count: Int, _ py: borrowing Python) -> BorrowedBuffer? {
        guard object.isExactly(names.bytesType, py) else { return nil }
        return unsafe BorrowedBuffer(
            of: UnsafeMutableRawPointer(object.owned(py).take()), count: count, at: releaseQueue)
    }

    /// Lets objects go that have come back.
    func releaseBorrowed(_ py: borrowing Python) {
        unsafe releaseQueue.release { object in
            // Sound because `lend` has made it from an object's address.
            _ = unsafe PyOwned(stealing: object.assumingMemoryBound(to: PyPointer.Pointee.self))
        }
    }
}
