import CPythonAPI
import Mailbox
import PythonAPI

/// How Python keeps an exchange: what the application is given is bound to a capsule.
extension ExchangeState {
    /// A capsule that keeps the exchange.
    final func capsule(_ py: borrowing Python) throws(PyError) -> PyOwned {
        let kept = Unmanaged.passRetained(self)
        guard let capsule = cpython.PyCapsule_New(kept.toOpaque(), nil, ExchangeState.freeCapsule) else {
            kept.release()
            throw .pending
        }
        return PyOwned(stealing: capsule)
    }

    private static let freeCapsule: @convention(c) (PyPointer?) -> Void = { capsule in
        guard let pointer = cpython.PyCapsule_GetPointer(capsule, nil) else { return }
        Unmanaged<ExchangeState>.fromOpaque(pointer).release()
    }

    /// The exchange that a context's variable names; `nil` for none, and for what an application has put there.
    static func named(by value: PyRef, _ py: borrowing Python) -> ExchangeState? {
        // Only our capsules are freed like this. Of anything else CPython says that it is no capsule.
        let free = cpython.PyCapsule_GetDestructor(value.raw)
        PyError.clear(py)
        guard unsafeBitCast(free, to: UInt.self) == unsafeBitCast(freeCapsule, to: UInt.self) else { return nil }
        return value.object(as: ExchangeState.self)
    }

    /// The application, or what it called, has logged a record while it served this request.
    final func log(_ json: UnsafeRawBufferPointer) {
        let number = UInt32(application.number)
        table.answers.report(.event, number, isReleased ? Answer.noSlot : slot, json: json)
    }
}
