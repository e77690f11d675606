import CPythonAPI

/// A view of an object's memory (`PyObject_GetBuffer`). The object and its memory stay as they are until the view ends.
///
/// The `Py_buffer` is on the heap because CPython may keep its address. Ends on an attached thread, like every
/// reference. `@safe` because it owns the view; the bytes that it returns are unsafe to keep.
@safe public struct PyBuffer: ~Copyable {
    private let view: UnsafeMutablePointer<cpython_buffer>

    /// Requests a readable view with format, shape, strides and suboffsets.
    ///
    /// - Throws: `TypeError` if the object has no such memory, or what the object raises.
    public init(_ object: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        // PyBUF_FULL_RO of the full API.
        let flags: Int32 = 0x011c
        let made = UnsafeMutablePointer<cpython_buffer>.allocate(capacity: 1)
        unsafe made.initialize(to: cpython_buffer())
        guard unsafe cpython.PyObject_GetBuffer(object.raw, made, flags) == 0 else {
            unsafe made.deallocate()
            throw .pending
        }
        // Set last: if anything after it could throw, `deinit` would release an incomplete view.
        unsafe view = made
    }

    /// The size of all items in bytes.
    public var count: Int { unsafe view.pointee.len }

    /// The size of an item in bytes.
    public var itemSize: Int { unsafe view.pointee.itemsize }

    /// The number of dimensions.
    public var dimensions: Int { unsafe Int(view.pointee.ndim) }

    /// The format of an item, in the notation of `struct`.
    public var format: String { unsafe view.pointee.format.map { unsafe String(cString: $0) } ?? "B" }

    /// Whether the items are contiguous, in C order (`PyBuffer_IsContiguous`).
    public var isContiguous: Bool { unsafe cpython.PyBuffer_IsContiguous(view, CChar(UInt8(ascii: "C"))) != 0 }

    /// The memory of contiguous items.
    public var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: view.pointee.buf, count: view.pointee.len)
    }

    /// Copies the items in C order (`PyBuffer_ToContiguous`).
    ///
    /// - Parameter memory: at least `count` bytes.
    /// - Throws: what the object raises.
    public borrowing func copy(to memory: UnsafeMutableRawPointer, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyBuffer_ToContiguous(memory, view, count, CChar(UInt8(ascii: "C"))) == 0 else {
            throw .pending
        }
    }

    deinit {
        // Runs on an attached thread, like the end of every reference.
        unsafe cpython.PyBuffer_Release(view)
        unsafe view.deallocate()
    }
}
