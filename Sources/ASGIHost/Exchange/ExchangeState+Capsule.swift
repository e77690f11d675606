import Mailbox
import PythonAPI

/// How Python keeps an exchange: what the application is given is bound to a capsule.
extension ExchangeState {
    /// A capsule that keeps the exchange.
    final func capsule(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.capsule(self, freedBy: ExchangeState.freeCapsule, py)
    }

    /// Of exchanges' capsules only.
    private static let freeCapsule: PyCapsuleDestructor = { unsafe PyOwned.releaseObject(ofCapsule: $0) }

    /// The exchange that a context's variable names; `nil` for none, and for what an application has put there.
    static func named(by value: PyRef, _ py: borrowing Python) -> ExchangeState? {
        unsafe value.isCapsule(freedBy: freeCapsule, py) ? value.object(as: ExchangeState.self) : nil
    }

    /// The application, or what it called, has logged a record while it served this request.
    final func log(_ json: UnsafeRawBufferPointer) {
        let number = UInt32(application.number)
        unsafe table.answers.report(.event, number, isReleased ? Answer.noSlot : slot, json: json)
    }
}
