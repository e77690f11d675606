import CPythonAPI
import PythonAPI

/// What an application gets to talk to its exchange: `receive` and `send`, bound to a capsule that finds the exchange.
///
/// They are used again for another request when nobody has kept any of them: making and freeing the three costs 0.3 µs.
/// Owned by the exchange; the capsule does not keep it until it is left to Python.
struct CallObjects {
    let capsule, receive, send: PyRef
    /// What they looked like when only the exchange had them; `nil` where that says nothing.
    private let kept: Kept?

    private struct Kept {
        let capsule, capsuleInContext, receive, send: UnsafeMutableRawPointer
    }

    /// How the objects of these types look, and whether that says anything.
    struct Memory: ~Copyable {
        let capsules, functions: ObjectMemory

        init(_ example: PyRef, _ function: PyRef, _ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
            let capsules = try ObjectMemory(PyOwned(orThrow: cpython.PyObject_Type(example.raw)), py)
            let functions = try ObjectMemory(PyOwned(orThrow: cpython.PyObject_Type(function.raw)), py)
            let list = try PyOwned(orThrow: cpython.PyList_New(0))
            let strong = try bootstrap.object("strong_references", py).call(example, list, py)
            let references = try bootstrap.object("references", py).call(function, list, py)
            try capsules.prove(example, strong, py)
            try functions.prove(function, references, py)
            (self.capsules, self.functions) = (capsules, functions)
        }

        var isReliable: Bool { capsules.isReliable && functions.isReliable }
    }

    /// - Parameter isReused: they are to be used again where it can be seen that nobody has kept them.
    init(
        capsule: consuming PyOwned, receive: consuming PyOwned, send: consuming PyOwned, isReused: Bool,
        _ memory: borrowing Memory
    ) {
        self.capsule = PyRef(capsule.take())
        self.receive = PyRef(receive.take())
        self.send = PyRef(send.take())
        guard isReused, memory.isReliable else {
            kept = nil
            return
        }
        let kept = Kept(
            capsule: memory.capsules.allocateCopy(), capsuleInContext: memory.capsules.allocateCopy(),
            receive: memory.functions.allocateCopy(), send: memory.functions.allocateCopy())
        memory.capsules.copy(self.capsule, to: kept.capsule)
        memory.capsules.copy(self.capsule, to: kept.capsuleInContext)
        memory.functions.copy(self.receive, to: kept.receive)
        memory.functions.copy(self.send, to: kept.send)
        self.kept = kept
    }

    /// Keeps what the new capsule looks like now that a context's variable has it, too.
    func rememberInContext(_ memory: borrowing Memory) {
        guard let kept else { return }
        memory.capsules.copy(capsule, to: kept.capsuleInContext)
    }

    /// Whether only the exchange has them, as when they were made.
    ///
    /// - Parameter inContext: and the variable of one context.
    @inline(__always)
    func isUnobserved(_ memory: borrowing Memory, inContext: Bool) -> Bool {
        guard let kept else { return false }
        return memory.capsules.isUnchanged(capsule, since: inContext ? kept.capsuleInContext : kept.capsule)
            && memory.functions.isUnchanged(receive, since: kept.receive)
            && memory.functions.isUnchanged(send, since: kept.send)
    }

    /// Gives the references back.
    func release(_ py: borrowing Python) {
        if let kept {
            for copy in [kept.capsule, kept.capsuleInContext, kept.receive, kept.send] { copy.deallocate() }
        }
        _ = PyOwned(stealing: receive.raw)
        _ = PyOwned(stealing: send.raw)
        _ = PyOwned(stealing: capsule.raw)
    }
}
