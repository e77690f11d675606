import CPythonAPI

/// A view of an object's memory (`PyObject_GetBuffer`), which keeps the object and its memory as they are until it ends.
///
/// On the heap, because CPython may have given the view's address away.
/// `@safe` because it owns the view; the bytes that it gives are unsafe to keep, and say so.
@safe public struct PyBuffer: ~Copyable {
    private let view: UnsafeMutablePointer<cpython_buffer>

    /// Views an object's memory with its format, shape, strides and suboffsets, to read it.
    ///
    /// - Throws: TypeError for an object that has none, and what the object raises.
    public init(_ object: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        // PyBUF_FULL_RO of the full API.
        let flags: Int32 = 0x011c
        let made = UnsafeMutablePointer<cpython_buffer>.allocate(capacity: 1)
        unsafe made.initialize(to: cpython_buffer())
        guard unsafe cpython.PyObject_GetBuffer(object.raw, made, flags) == 0 else {
            unsafe made.deallocate()
            throw .pending
        }
        // At the end: what throws behind it would be given back.
        unsafe view = made
    }

    /// Bytes of all items.
    public var count: Int { unsafe view.pointee.len }

    /// Bytes of an item.
    public var itemSize: Int { unsafe view.pointee.itemsize }

    /// How many dimensions there are.
    public var dimensions: Int { unsafe Int(view.pointee.ndim) }

    /// What `struct` calls the items.
    public var format: String { unsafe view.pointee.format.map { unsafe String(cString: $0) } ?? "B" }

    /// Whether the items stand one behind the other, in C's order.
    public var isContiguous: Bool { unsafe cpython.PyBuffer_IsContiguous(view, CChar(UInt8(ascii: "C"))) != 0 }

    /// The memory of items that stand one behind the other.
    public var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: view.pointee.buf, count: view.pointee.len)
    }

    /// Copies the items one behind the other, in C's order.
    ///
    /// - Parameter memory: room for `count` bytes.
    public borrowing func copy(to memory: UnsafeMutableRawPointer, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyBuffer_ToContiguous(memory, view, count, CChar(UInt8(ascii: "C"))) == 0 else {
            throw .pending
        }
    }

    deinit {
        // On the thread that is attached, as every reference.
        unsafe cpython.PyBuffer_Release(view)
        unsafe view.deallocate()
    }
}
