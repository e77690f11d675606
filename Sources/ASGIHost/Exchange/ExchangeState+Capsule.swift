import Mailbox
import PythonAPI

/// The link from Python to an exchange: the functions that an application receives are bound to a capsule.
extension ExchangeState {
    /// A capsule that keeps the exchange alive.
    final func capsule(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.capsule(self, freedBy: ExchangeState.freeCapsule, py)
    }

    /// The destructor of exchanges' capsules; it must not be used for other capsules.
    private static let freeCapsule: PyCapsuleDestructor = { unsafe PyOwned.releaseObject(ofCapsule: $0) }

    /// The exchange in a context variable's value; `nil` for None, and for a value that an application has set.
    static func named(by value: PyRef, _ py: borrowing Python) -> ExchangeState? {
        unsafe value.isCapsule(freedBy: freeCapsule, py) ? value.object(as: ExchangeState.self) : nil
    }

    /// Sends a log record that code of the application wrote while it served this request.
    final func log(_ json: UnsafeRawBufferPointer) {
        let number = UInt32(application.number)
        unsafe table.answers.report(.notice, number, isReleased ? Answer.noSlot : slot, json: json)
    }
}
