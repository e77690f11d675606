import CPythonAPI

/// The Python type of objects that show memory of the host's as a read-only array of numbers, and give it back when Python
/// lets them go.
public struct PyOctetsType {
    /// `nil` on Python 3.8, whose types cannot show memory.
    private let type: OpaquePointer?
    private let cast: PyRef

    /// Gives memory back: its start and how many bytes it has. Called while attached.
    public typealias Release = @convention(c) (UnsafeMutableRawPointer, Int) -> Void

    /// What an object has behind its head.
    fileprivate struct State {
        let start: UnsafeMutableRawPointer
        let count: Int
        var items: Py_ssize_t
        var itemSize: Py_ssize_t
        let format: UnsafePointer<CChar>
        let release: Release
    }

    /// Makes the type; once per process, after `PyLayout.read`.
    public init(name: StaticString, _ py: borrowing Python) throws(PyError) {
        cast = PyRef(try PyOwned.interned("cast", py).take())
        guard PyLayout.version >= (3, 9) else {
            type = nil
            return
        }
        // Py_bf_getbuffer: in the limited API's headers from 3.11 on.
        let view = PyType_Slot(slot: 1, pfunc: unsafeBitCast(getBuffer, to: UnsafeMutableRawPointer.self))
        let slots = [slot(Py_tp_dealloc, deallocateOctets), view]
        type = try makeType(name, stateSize: MemoryLayout<State?>.size, slots, py)
    }

    /// A memoryview of items of one kind.
    ///
    /// - Parameters:
    ///   - start: memory that is handed over, also where this fails.
    ///   - count: its bytes, a multiple of `itemSize`.
    ///   - format: what `struct` calls an item; one character, which stays.
    ///   - release: gives the memory back.
    public func view(
        of start: UnsafeMutableRawPointer, count: Int, format: StaticString, itemSize: Int, release: @escaping Release,
        _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        guard let type else {
            defer { release(start, count) }
            let bytes = try PyOwned.bytes(UnsafeRawBufferPointer(start: start, count: count), py)
            let view = try PyOwned(orThrow: cpython.PyMemoryView_FromObject(bytes.raw))
            return try view.callMethod(cast, try PyOwned.interned(format, py), py)
        }
        guard let object = cpython._PyObject_New(type) else {
            release(start, count)
            throw .pending
        }
        let format = UnsafeRawPointer(format.utf8Start).assumingMemoryBound(to: CChar.self)
        place(object).initialize(
            to: State(
                start: start, count: count, items: count / itemSize, itemSize: itemSize, format: format,
                release: release))
        let owner = PyOwned(stealing: object)
        return try PyOwned(orThrow: cpython.PyMemoryView_FromObject(owner.raw))
    }
}

@inline(__always)
private func place(_ object: PyPointer) -> UnsafeMutablePointer<PyOctetsType.State?> {
    (UnsafeMutableRawPointer(object) + PyLayout.headSize).assumingMemoryBound(to: PyOctetsType.State?.self)
}

private let deallocateOctets: @convention(c) (PyPointer?) -> Void = { object in
    guard let object else { return }
    if let state = place(object).pointee { state.release(state.start, state.count) }
    free(object)
}

private let getBuffer: @convention(c) (PyPointer?, UnsafeMutablePointer<cpython_buffer>?, Int32) -> Int32 = {
    object, view, flags in
    guard let object, let view else { return -1 }
    view.pointee.obj = nil
    // PyBUF_WRITABLE; an object that an application has made (see makeType) has no memory.
    guard place(object).pointee != nil, flags & 1 == 0 else {
        cpython.PyErr_SetString(cpython.PyExc_BufferError, "the memory is read-only")
        return -1
    }
    // The numbers stay where they are for as long as the object, which the view keeps.
    let state = UnsafeMutableRawPointer(place(object)).assumingMemoryBound(to: PyOctetsType.State.self)
    cpython.Py_IncRef(object)
    view.pointee.obj = object
    view.pointee.buf = state.pointee.start
    view.pointee.len = state.pointee.count
    view.pointee.itemsize = state.pointee.itemSize
    view.pointee.readonly = 1
    view.pointee.ndim = 1
    // PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES: who does not ask for them does not want to see them.
    view.pointee.format = flags & 0x04 != 0 ? UnsafeMutablePointer(mutating: state.pointee.format) : nil
    let numbers = UnsafeMutableRawPointer(state)
    view.pointee.shape =
        flags & 0x08 != 0
        ? (numbers + MemoryLayout<PyOctetsType.State>.offset(of: \.items)!).assumingMemoryBound(to: Py_ssize_t.self)
        : nil
    view.pointee.strides =
        flags & 0x18 == 0x18
        ? (numbers + MemoryLayout<PyOctetsType.State>.offset(of: \.itemSize)!).assumingMemoryBound(to: Py_ssize_t.self)
        : nil
    view.pointee.suboffsets = nil
    view.pointee.internal = nil
    return 0
}
