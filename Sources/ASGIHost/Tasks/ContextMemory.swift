import CPythonAPI
import PythonAPI

/// Whether a context is as it was when the host set its variable: nobody has copied it since, or keeps it.
///
/// A copy shares the variables of its original, so only their own reference count tells of it. Where a context keeps them
/// is found at the start, and looking there is proven by trying, as `ObjectMemory` does it. That another variable was set
/// is not always seen, since new ones may lie where old ones did: how many there are has to be asked as well.
final class ContextMemory {
    private let memory: ObjectMemory
    private let kept: UnsafeMutableRawPointer
    private var keptHead: UInt64 = 0
    /// Where in a context the address of its variables is; 0 until it has been found.
    private var offset = 0
    /// Whether looking has been proven right.
    private(set) var isReliable = false

    /// - Parameter bootstrap: of which `probe_context()` gives a context, what it refers to, and functions that each
    ///   leave a trace on it.
    init(_ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        let probe = try bootstrap.call("probe_context", py.none, py)
        guard let context = cpython.PyTuple_GetItem(probe.raw, 0),
            let referents = cpython.PyTuple_GetItem(probe.raw, 1),
            let traces = cpython.PyTuple_GetItem(probe.raw, 2), let copy = cpython.PyTuple_GetItem(probe.raw, 3)
        else { throw .pending }
        memory = try ObjectMemory(PyOwned(orThrow: cpython.PyObject_Type(context)), py)
        kept = memory.allocateCopy()
        offset = try find(PyRef(referents), in: PyRef(context), py)
        guard offset > 0 else { return }
        try memory.prove(PyRef(context), PyRef(traces), py)
        guard memory.isReliable else { return }
        remember(PyRef(context))
        guard isUnchanged(PyRef(context)) else { return }
        _ = try PyRef(copy).call(py)
        isReliable = !isUnchanged(PyRef(context))
    }

    /// Where a context has the address of its variables: the one thing it refers to.
    private func find(_ referents: PyRef, in context: PyRef, _ py: borrowing Python) throws(PyError) -> Int {
        guard cpython.PyList_Size(referents.raw) == 1, let variables = cpython.PyList_GetItem(referents.raw, 0) else {
            return 0
        }
        let size = memory.size
        let step = MemoryLayout<UnsafeRawPointer>.size
        return stride(from: PyLayout.headSize, through: size - step, by: step).first { offset in
            let word = UnsafeRawPointer(context.raw).load(fromByteOffset: offset, as: UnsafeRawPointer?.self)
            return word == UnsafeRawPointer(variables)
        } ?? 0
    }

    /// Keeps what a context looks like.
    @inline(__always)
    func remember(_ context: PyRef) {
        memory.copy(context, to: kept)
        keptHead = head(of: context)
    }

    /// Whether a context looks as it did when it was remembered; `false` for another one.
    @inline(__always)
    func isUnchanged(_ context: PyRef) -> Bool {
        // Its variables are only looked at when they are the same ones: others may be anywhere.
        memory.isUnchanged(context, since: kept) && head(of: context) == keptHead
    }

    /// The head's first word: the reference count of the variables.
    @inline(__always)
    private func head(of context: PyRef) -> UInt64 {
        let raw = UnsafeRawPointer(context.raw)
        guard let variables = raw.load(fromByteOffset: offset, as: UnsafeRawPointer?.self) else { return 0 }
        return variables.load(as: UInt64.self)
    }
}
