import CPythonAPI
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whether an object of a type is what it was, bit by bit: whether anybody has left a trace on it that the next one who
/// is given it would meet.
///
/// References, weak ones and attributes, and a task's callbacks, cancellation and name, are all in the object's memory.
/// Nothing is assumed about where: each of these is tried at the start, and has to be seen.
final class ObjectMemory {
    /// Bytes from the object's address on.
    let size: Int
    /// Bytes before it that CPython 3.12 and later may keep a type's dictionary and weak references in, with the
    /// collector's own between them and the object.
    private let sizeBefore: Int
    private static let collectorSize = 16
    /// Whether looking has been proven right.
    private(set) var isReliable = false

    /// The memory of a type's objects.
    init(_ type: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        size = try type.attribute("__basicsize__", py).int(py)
        let offsets = (
            try type.attribute("__dictoffset__", py).int(py), try type.attribute("__weakrefoffset__", py).int(py)
        )
        sizeBefore = min(offsets.0, offsets.1) < 0 ? 16 : 0
    }

    /// Tries each trace on an object.
    ///
    /// - Parameter traces: a tuple of functions without arguments.
    func prove(_ object: PyRef, _ traces: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        // Without a GIL (a larger head) others write while we look.
        guard PyLayout.headSize == 16 else { return }
        let kept = allocateCopy()
        defer { kept.deallocate() }
        for index in 0..<cpython.PyTuple_Size(traces.raw) {
            guard let trace = cpython.PyTuple_GetItem(traces.raw, index) else { throw .pending }
            copy(object, to: kept)
            guard isUnchanged(object, since: kept) else { return }
            _ = try PyRef(trace).call(py)
            if isUnchanged(object, since: kept) { return }
        }
        isReliable = true
    }

    /// Tries each trace on an object that a probe has made.
    ///
    /// - Parameter probe: a tuple of the object and a tuple of functions without arguments.
    func prove(with probe: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard let example = cpython.PyTuple_GetItem(probe.raw, 0), let traces = cpython.PyTuple_GetItem(probe.raw, 1)
        else { throw .pending }
        try prove(PyRef(example), PyRef(traces), py)
    }

    /// Memory for what an object looks like.
    func allocateCopy() -> UnsafeMutableRawPointer { .allocate(byteCount: size + sizeBefore, alignment: 16) }

    /// Keeps what an object looks like.
    @inline(__always)
    func copy(_ object: PyRef, to kept: UnsafeMutableRawPointer) {
        memcpy(kept, object.raw, size)
        if sizeBefore > 0 { memcpy(kept + size, before(object), sizeBefore) }
    }

    /// Whether an object looks as it did.
    @inline(__always)
    func isUnchanged(_ object: PyRef, since kept: UnsafeMutableRawPointer) -> Bool {
        memcmp(kept, object.raw, size) == 0
            && (sizeBefore == 0 || memcmp(kept + size, before(object), sizeBefore) == 0)
    }

    @inline(__always)
    private func before(_ object: PyRef) -> UnsafeRawPointer {
        UnsafeRawPointer(object.raw) - ObjectMemory.collectorSize - sizeBefore
    }
}
