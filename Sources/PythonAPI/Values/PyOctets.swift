import CPythonAPI

/// The Python type of objects that expose memory of the host as a read-only array of numbers, and release it when
/// Python frees them.
///
/// `@safe` because the type lives as long as the process.
@safe public struct PyOctetsType {
    /// `nil` on Python 3.8, whose types cannot expose memory.
    private let type: OpaquePointer?
    private let cast: PyKept

    /// Releases memory, given its start and its size in bytes. Called while attached.
    public typealias Release = @convention(c) (UnsafeMutableRawPointer, Int) -> Void

    /// The state after an object's header.
    ///
    /// `@safe` because filling it is unsafe, and nothing changes it afterwards.
    @safe fileprivate struct State {
        let start: UnsafeMutableRawPointer
        let count: Int
        var items: Py_ssize_t
        var itemSize: Py_ssize_t
        let format: UnsafePointer<CChar>
        let release: Release
    }

    /// Makes the type. Once per process, after `PyLayout.read`.
    ///
    /// - Throws: what CPython raises.
    public init(name: StaticString, _ py: borrowing Python) throws(PyError) {
        cast = try PyOwned.interned("cast", py).kept()
        guard unsafe PyLayout.version >= (3, 9) else {
            unsafe type = nil
            return
        }
        // Py_bf_getbuffer, which the limited API's headers have from 3.11 on.
        let view = unsafe PyType_Slot(slot: 1, pfunc: unsafeBitCast(getBuffer, to: UnsafeMutableRawPointer.self))
        let slots = unsafe [typeSlot(Py_tp_dealloc, deallocateOctets), view]
        unsafe type = try makeType(name, stateSize: MemoryLayout<State?>.size, slots, py)
    }

    /// A memoryview of numbers of one kind.
    ///
    /// - Parameters:
    ///   - start: the memory, which this method takes over even if it fails.
    ///   - count: its size in bytes, a multiple of `itemSize`.
    ///   - format: the format of an item, in the notation of `struct`: one character.
    ///   - itemSize: the size of an item in bytes.
    ///   - release: releases the memory.
    /// - Throws: `MemoryError`.
    public func view(
        of start: UnsafeMutableRawPointer, count: Int, format: StaticString, itemSize: Int, release: @escaping Release,
        _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        guard let type = unsafe type else {
            defer { unsafe release(start, count) }
            let bytes = try unsafe PyOwned.bytes(UnsafeRawBufferPointer(start: start, count: count), py)
            let view = try unsafe PyOwned(orThrow: cpython.PyMemoryView_FromObject(bytes.raw))
            return try view.callMethod(cast, try PyOwned.interned(format, py), py)
        }
        guard let object = unsafe cpython._PyObject_New(type) else {
            unsafe release(start, count)
            throw .pending
        }
        let format = unsafe UnsafeRawPointer(format.utf8Start).assumingMemoryBound(to: CChar.self)
        unsafe place(object).initialize(
            to: State(
                start: start, count: count, items: count / itemSize, itemSize: itemSize, format: format,
                release: release))
        let owner = unsafe PyOwned(stealing: object)
        return try unsafe PyOwned(orThrow: cpython.PyMemoryView_FromObject(owner.raw))
    }
}

@inline(__always)
private func place(_ object: PyPointer) -> UnsafeMutablePointer<PyOctetsType.State?> {
    unsafe (UnsafeMutableRawPointer(object) + PyLayout.objectHeaderSize).assumingMemoryBound(
        to: PyOctetsType.State?.self)
}

private let deallocateOctets: @convention(c) (PyPointer?) -> Void = { object in
    guard let object = unsafe object else { return }
    if let state = unsafe place(object).pointee { unsafe state.release(state.start, state.count) }
    unsafe free(object)
}

private let getBuffer: @convention(c) (PyPointer?, UnsafeMutablePointer<cpython_buffer>?, Int32) -> Int32 = {
    object, view, flags in
    guard let object = unsafe object, let view = unsafe view else { return -1 }
    unsafe view.pointee.obj = nil
    // PyBUF_WRITABLE. An object that an application has made (see makeType) has no memory.
    guard unsafe place(object).pointee != nil, flags & 1 == 0 else {
        unsafe cpython.PyErr_SetString(cpython.PyExc_BufferError, "the memory is read-only")
        return -1
    }
    // The view retains the object, so the numbers' addresses stay valid.
    let state = unsafe UnsafeMutableRawPointer(place(object)).assumingMemoryBound(to: PyOctetsType.State.self)
    unsafe cpython.Py_IncRef(object)
    unsafe view.pointee.obj = object
    unsafe view.pointee.buf = state.pointee.start
    unsafe view.pointee.len = state.pointee.count
    unsafe view.pointee.itemsize = state.pointee.itemSize
    unsafe view.pointee.readonly = 1
    unsafe view.pointee.ndim = 1
    // PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES: fields that were not requested must be NULL.
    unsafe view.pointee.format = flags & 0x04 != 0 ? UnsafeMutablePointer(mutating: state.pointee.format) : nil
    let numbers = UnsafeMutableRawPointer(state)
    unsafe view.pointee.shape =
        unsafe flags & 0x08 != 0
        ? (numbers + MemoryLayout<PyOctetsType.State>.offset(of: \.items)!).assumingMemoryBound(to: Py_ssize_t.self)
        : nil
    unsafe view.pointee.strides =
        unsafe flags & 0x18 == 0x18
        ? (numbers + MemoryLayout<PyOctetsType.State>.offset(of: \.itemSize)!).assumingMemoryBound(to: Py_ssize_t.self)
        : nil
    unsafe view.pointee.suboffsets = nil
    unsafe view.pointee.internal = nil
    return 0
}
