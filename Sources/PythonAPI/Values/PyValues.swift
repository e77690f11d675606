import CPythonAPI

/// Creating values. Each method throws the exception of the C function that it names.
extension PyOwned {
    /// A `str` from a Swift string (`PyUnicode_DecodeUTF8`).
    public static func string(_ text: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        var text = text
        let made = text.withUTF8 { bytes in
            let start = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            return unsafe cpython.PyUnicode_DecodeUTF8(start, bytes.count, "replace")
        }
        return try unsafe PyOwned(orThrow: made)
    }

    /// A `str` for a file name: the text's UTF-8, decoded in Python's encoding for file names
    /// (`PyUnicode_DecodeFSDefault`).
    public static func path(_ text: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyUnicode_DecodeFSDefault(text))
    }

    /// A `str` from UTF-8 (`PyUnicode_DecodeUTF8`); invalid octets become U+FFFD.
    @inline(__always)
    public static func string(
        utf8 bytes: UnsafeRawBufferPointer, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PyUnicode_DecodeUTF8(start, bytes.count, "replace"))
    }

    /// A `str` with one character per byte (`PyUnicode_DecodeLatin1`).
    @inline(__always)
    public static func string(
        latin1 bytes: UnsafeRawBufferPointer, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PyUnicode_DecodeLatin1(start, bytes.count, nil))
    }

    /// A `str` from UTF-16 in little-endian order; lone surrogates stay (`PyUnicode_DecodeUTF16`).
    public static func string(
        utf16 bytes: UnsafeRawBufferPointer, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        var order: Int32 = -1
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PyUnicode_DecodeUTF16(start, bytes.count, "surrogatepass", &order))
    }

    /// An interned `str` (`PyUnicode_InternFromString`).
    public static func interned(_ text: StaticString, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let start = unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PyUnicode_InternFromString(start))
    }

    /// A `bytes` with a copy of the memory (`PyBytes_FromStringAndSize`).
    @inline(__always)
    public static func bytes(_ bytes: UnsafeRawBufferPointer, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PyBytes_FromStringAndSize(start, bytes.count))
    }

    /// An `int` (`PyLong_FromSsize_t`).
    public static func int(_ value: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyLong_FromSsize_t(value))
    }

    /// An `int` from hexadecimal digits (`PyLong_FromString`).
    public static func int(hexadecimal digits: [UInt8], _ py: borrowing Python) throws(PyError) -> PyOwned {
        let made = unsafe (digits + [0]).withUnsafeBytes { digits in
            unsafe cpython.PyLong_FromString(digits.baseAddress!.assumingMemoryBound(to: CChar.self), nil, 16)
        }
        return try unsafe PyOwned(orThrow: made)
    }

    /// A `float` (`PyFloat_FromDouble`).
    public static func float(_ value: Double, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyFloat_FromDouble(value))
    }

    /// A `bytes` of a given length with undefined content, to be filled through `newMemory`.
    @inline(__always)
    public static func bytes(count: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyBytes_FromStringAndSize(nil, count))
    }

    /// The memory of a new `bytes`, which must be filled before Python code sees the object.
    @inline(__always)
    public borrowing func newMemory(_ py: borrowing Python) throws(PyError) -> UnsafeMutablePointer<UInt8> {
        // Sound because a `bytes` always has memory, and nothing else has this one yet.
        unsafe UnsafeMutableRawPointer(mutating: try bytes(py).baseAddress!).assumingMemoryBound(to: UInt8.self)
    }

    /// A `bytes` with a copy of the memory of a bytes-like object (`PyBytes_FromObject`).
    public static func bytes(copying object: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyBytes_FromObject(object.raw))
    }

    /// A `memoryview` of an object (`PyMemoryView_FromObject`).
    public static func memoryView(of object: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyMemoryView_FromObject(object.raw))
    }

    /// A weak reference to an object (`PyWeakref_NewRef`).
    ///
    /// - Parameter callback: called with the weak reference when the object was freed.
    @inline(__always)
    public static func weakReference(
        to object: borrowing some PyAny, callback: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyWeakref_NewRef(object.raw, callback.raw))
    }
}

/// Reading values. Each method throws the exception of the C function that it names.
extension PyReference where Self: ~Copyable & ~Escapable {
    /// The memory of a `bytes` (`PyBytes_AsStringAndSize`), valid while the object is alive.
    ///
    /// - Throws: `TypeError` for other objects.
    @inline(__always)
    public func bytes(_ py: borrowing Python) throws(PyError) -> UnsafeRawBufferPointer {
        var start: UnsafeMutablePointer<CChar>?
        var count: Py_ssize_t = 0
        guard unsafe cpython.PyBytes_AsStringAndSize(raw, &start, &count) == 0 else { throw .pending }
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// The memory of an object that is known to be a `bytes`, valid while the object is alive.
    @inline(__always)
    public func knownBytes(_ py: borrowing Python) -> UnsafeRawBufferPointer {
        var start: UnsafeMutablePointer<CChar>?
        var count: Py_ssize_t = 0
        _ = unsafe cpython.PyBytes_AsStringAndSize(raw, &start, &count)
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// The UTF-8 of a `str` (`PyUnicode_AsUTF8AndSize`), valid while the object is alive.
    ///
    /// - Throws: `TypeError` for other objects, `UnicodeEncodeError` for lone surrogates.
    @inline(__always)
    public func utf8(_ py: borrowing Python) throws(PyError) -> UnsafeRawBufferPointer {
        var count: Py_ssize_t = 0
        guard let start = unsafe cpython.PyUnicode_AsUTF8AndSize(raw, &count) else { throw .pending }
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// A `str` as a Swift string. Allocates, so not for every request.
    public func string(_ py: borrowing Python) throws(PyError) -> String {
        unsafe String(decoding: try utf8(py), as: UTF8.self)
    }

    /// `str(object)` as a Swift string (`PyObject_Str`). Allocates, so not for every request.
    public func description(_ py: borrowing Python) throws(PyError) -> String {
        try unsafe PyOwned(orThrow: cpython.PyObject_Str(raw)).string(py)
    }

    /// The value of an `int` (`PyLong_AsLong`).
    ///
    /// - Throws: `TypeError` for other objects, `OverflowError` for a larger number.
    @inline(__always)
    public func int(_ py: borrowing Python) throws(PyError) -> Int {
        // Before 3.10 PyLong_AsLong truncates floats instead of refusing them, as PyNumber_Index does.
        if unsafe PyLayout.version < (3, 10) {
            let index = try unsafe PyOwned(orThrow: cpython.PyNumber_Index(raw))
            return try index.long(py)
        }
        return try long(py)
    }

    @inline(__always)
    private func long(_ py: borrowing Python) throws(PyError) -> Int {
        let value = unsafe cpython.PyLong_AsLong(raw)
        if value == -1, unsafe cpython.PyErr_Occurred() != nil { throw .pending }
        return value
    }

    /// An `int` as a `str` of hexadecimal digits: `0x1f`, `-0x1f` (`PyNumber_ToBase`).
    public func hexadecimal(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyNumber_ToBase(raw, 16))
    }

    /// The UTF-16 of a `str` in little-endian order, as a `bytes`; lone surrogates stay (`PyUnicode_AsEncodedString`).
    public func utf16(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyUnicode_AsEncodedString(raw, "utf-16-le", "surrogatepass"))
    }

    /// The descriptor of an open file, or an `int` (`PyObject_AsFileDescriptor`).
    public func fileDescriptor(_ py: borrowing Python) throws(PyError) -> Int32 {
        let descriptor = unsafe cpython.PyObject_AsFileDescriptor(raw)
        guard descriptor >= 0 else { throw .pending }
        return descriptor
    }

    /// The value of a `float` (`PyFloat_AsDouble`).
    ///
    /// - Throws: `TypeError` for an object that is not a number.
    @inline(__always)
    public func double(_ py: borrowing Python) throws(PyError) -> Double {
        let value = unsafe cpython.PyFloat_AsDouble(raw)
        if value == -1, unsafe cpython.PyErr_Occurred() != nil { throw .pending }
        return value
    }

    /// Whether Python considers the object true (`PyObject_IsTrue`).
    @inline(__always)
    public func isTrue(_ py: borrowing Python) throws(PyError) -> Bool {
        if unsafe raw == cpython._Py_TrueStruct { return true }
        if unsafe raw == cpython._Py_FalseStruct { return false }
        let answer = unsafe cpython.PyObject_IsTrue(raw)
        guard answer >= 0 else { throw .pending }
        return answer == 1
    }

    /// Whether both are the same object: Python's `is`.
    @inline(__always)
    public func isSame(as other: borrowing some PyAny) -> Bool { unsafe raw == other.raw }

    /// The object's class (`PyObject_Type`).
    @inline(__always)
    public func type(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyObject_Type(raw))
    }

    /// The name of the object's class, for messages.
    ///
    /// Not read from the attribute `__name__`, because a metaclass may replace that with code of its own.
    public func typeName(_ py: borrowing Python) throws(PyError) -> String {
        let type = try unsafe PyOwned(orThrow: cpython.PyObject_Type(raw))
        // Before the layout was read, only Python's own code has run.
        guard let nameOfType = unsafe PyLayout.nameOfType else { return try type.attribute("__name__", py).string(py) }
        return try unsafe PyRef(nameOfType).call(type, py).string(py)
    }

    /// Whether it is an exception of this class, or of one derived from it.
    public func isKind(of kind: PyError.Kind, _ py: borrowing Python) -> Bool { isKind(of: kind.exception, py) }

    /// Whether the object's class is `type` or derived from it, without running code of the object or the class.
    public func isKind(of type: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        guard let own = unsafe cpython.PyObject_Type(raw) else { return false }
        defer { unsafe cpython.Py_DecRef(own) }
        return unsafe cpython.PyType_IsSubtype(OpaquePointer(own), OpaquePointer(type.raw)) != 0
    }
}
