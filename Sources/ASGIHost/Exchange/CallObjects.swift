import CPythonAPI
import PythonAPI

/// What an application gets to talk to its exchange: `receive` and `send`, bound to a capsule that finds the exchange.
///
/// They are used again for another request when nobody has kept any of them: making and freeing the three costs 0.3 µs.
/// Owned by the exchange; the capsule does not keep it until it is left to Python.
struct CallObjects {
    let capsule, receive, send: PyRef
    /// What they looked like when only the exchange had them; `nil` where that says nothing.
    private let kept: (UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer)?

    /// How the objects of these types look, and whether that says anything.
    struct Memory {
        let capsules, functions: ObjectMemory

        init(_ example: PyRef, _ function: PyRef, _ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
            capsules = try ObjectMemory(PyOwned(orThrow: cpython.PyObject_Type(example.raw)), py)
            functions = try ObjectMemory(PyOwned(orThrow: cpython.PyObject_Type(function.raw)), py)
            let list = try PyOwned(orThrow: cpython.PyList_New(0))
            let strong = try bootstrap.object("strong_references", py).call(example, list, py)
            let references = try bootstrap.object("references", py).call(function, list, py)
            try capsules.prove(example, strong, py)
            try functions.prove(function, references, py)
        }

        var isReliable: Bool { capsules.isReliable && functions.isReliable }
    }

    init(
        capsule: consuming PyOwned, receive: consuming PyOwned, send: consuming PyOwned, _ memory: Memory?
    ) {
        self.capsule = PyRef(capsule.take())
        self.receive = PyRef(receive.take())
        self.send = PyRef(send.take())
        guard let memory, memory.isReliable else {
            kept = nil
            return
        }
        let copies = (
            memory.capsules.allocateCopy(), memory.functions.allocateCopy(), memory.functions.allocateCopy()
        )
        memory.capsules.copy(self.capsule, to: copies.0)
        memory.functions.copy(self.receive, to: copies.1)
        memory.functions.copy(self.send, to: copies.2)
        kept = copies
    }

    /// Whether only the exchange has them, as when they were made.
    @inline(__always)
    func isUnobserved(_ memory: Memory) -> Bool {
        guard let kept else { return false }
        return memory.capsules.isUnchanged(capsule, since: kept.0)
            && memory.functions.isUnchanged(receive, since: kept.1)
            && memory.functions.isUnchanged(send, since: kept.2)
    }

    /// Gives the references back.
    func release(_ py: borrowing Python) {
        if let kept {
            kept.0.deallocate()
            kept.1.deallocate()
            kept.2.deallocate()
        }
        _ = PyOwned(stealing: receive.raw)
        _ = PyOwned(stealing: send.raw)
        _ = PyOwned(stealing: capsule.raw)
    }
}
