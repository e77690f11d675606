import CPythonAPI
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whether a task is what it was: its object, bit by bit.
///
/// All that can be done to a task of asyncio's C implementation is in its object's memory: references, weak ones,
/// attributes, callbacks, cancellation, the name. Nothing is assumed about where: at the start each of these is done to a
/// task, and has to be seen.
final class TaskMemory {
    private let type: PyRef
    /// Bytes from the object's address on.
    private let size: Int
    /// Bytes before it that CPython 3.12 and later may keep a type's dictionary and weak references in, with the
    /// collector's own between them and the object.
    private let sizeBefore: Int
    private static let collectorSize = 16
    private let kept: UnsafeMutableRawPointer
    /// Whether looking has been proven right.
    private(set) var isReliable = false

    /// Tries it with a task of the loop's.
    init(loop: PyRef, type: PyRef, bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        self.type = type
        size = try type.attribute("__basicsize__", py).int(py)
        let offsets = (
            try type.attribute("__dictoffset__", py).int(py), try type.attribute("__weakrefoffset__", py).int(py)
        )
        sizeBefore = min(offsets.0, offsets.1) < 0 ? 16 : 0
        kept = .allocate(byteCount: sizeBefore + size, alignment: 16)
        // Without a GIL (a larger head) others write while we look; a task written in Python keeps its state elsewhere.
        let isNative = try type.attribute("__module__", py).string(py) == "_asyncio"
        guard isNative, PyLayout.headSize == 16, cpython.PyContext_CopyCurrent != nil else { return }
        let probe = try bootstrap.object("probe", py).call(loop, py)
        guard let task = cpython.PyTuple_GetItem(probe.raw, 0), let traces = cpython.PyTuple_GetItem(probe.raw, 1)
        else { throw .pending }
        for index in 0..<cpython.PyTuple_Size(traces) {
            guard let trace = cpython.PyTuple_GetItem(traces, index) else { throw .pending }
            remember(PyRef(task))
            guard isUnchanged(PyRef(task)) else { return }
            _ = try PyRef(trace).call(py)
            if isUnchanged(PyRef(task)) { return }
        }
        isReliable = true
    }

    /// Keeps what a task looks like.
    func remember(_ task: PyRef) {
        memcpy(kept, task.raw, size)
        if sizeBefore > 0 { memcpy(kept + size, before(task), sizeBefore) }
    }

    /// Whether a task looks as it did.
    @inline(__always)
    func isUnchanged(_ task: PyRef) -> Bool {
        memcmp(kept, task.raw, size) == 0 && (sizeBefore == 0 || memcmp(kept + size, before(task), sizeBefore) == 0)
    }

    private func before(_ task: PyRef) -> UnsafeRawPointer {
        UnsafeRawPointer(task.raw) - TaskMemory.collectorSize - sizeBefore
    }
}
