import CPythonAPI

/// Making values.
extension PyOwned {
    /// A `str` of a Swift string (`PyUnicode_DecodeUTF8`).
    public static func string(_ text: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        var text = text
        let made = text.withUTF8 { bytes in
            let start = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            return cpython.PyUnicode_DecodeUTF8(start, bytes.count, "replace")
        }
        return try PyOwned(orThrow: made)
    }

    /// A `str` that names a file: its bytes are the text's UTF-8, whichever encoding Python has for names of files
    /// (`PyUnicode_DecodeFSDefault`).
    public static func path(_ text: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try PyOwned(orThrow: cpython.PyUnicode_DecodeFSDefault(text))
    }

    /// A `str` of UTF-8; what is invalid becomes U+FFFD.
    @inline(__always)
    public static func string(
        utf8 bytes: UnsafeRawBufferPointer, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return try PyOwned(orThrow: cpython.PyUnicode_DecodeUTF8(start, bytes.count, "replace"))
    }

    /// A `str` with one character a byte (`PyUnicode_DecodeLatin1`).
    @inline(__always)
    public static func string(
        latin1 bytes: UnsafeRawBufferPointer, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return try PyOwned(orThrow: cpython.PyUnicode_DecodeLatin1(start, bytes.count, nil))
    }

    /// An interned `str` (`PyUnicode_InternFromString`).
    public static func interned(_ text: StaticString, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let start = UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
        return try PyOwned(orThrow: cpython.PyUnicode_InternFromString(start))
    }

    /// A `bytes` with a copy of the memory (`PyBytes_FromStringAndSize`).
    @inline(__always)
    public static func bytes(_ bytes: UnsafeRawBufferPointer, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return try PyOwned(orThrow: cpython.PyBytes_FromStringAndSize(start, bytes.count))
    }

    /// An `int` (`PyLong_FromLong`).
    public static func int(_ value: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try PyOwned(orThrow: cpython.PyLong_FromSsize_t(value))
    }

    /// A `float` (`PyFloat_FromDouble`).
    public static func float(_ value: Double, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try PyOwned(orThrow: cpython.PyFloat_FromDouble(value))
    }

    /// A `tuple` of two.
    public static func pair(
        _ first: consuming PyOwned, _ second: consuming PyOwned, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let tuple = try PyOwned(orThrow: cpython.PyTuple_New(2))
        // PyTuple_SetItem steals the reference, also when it fails, which it cannot on a new tuple of that size.
        _ = cpython.PyTuple_SetItem(tuple.raw, 0, first.take())
        _ = cpython.PyTuple_SetItem(tuple.raw, 1, second.take())
        return tuple
    }

    /// An empty `dict`.
    @inline(__always)
    public static func dict(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try PyOwned(orThrow: cpython.PyDict_New())
    }
}

/// Reading values.
extension PyReference where Self: ~Copyable {
    /// The bytes of a `bytes`; TypeError for anything else (`PyBytes_AsStringAndSize`). Valid while the object lives.
    @inline(__always)
    public func bytes(_ py: borrowing Python) throws(PyError) -> UnsafeRawBufferPointer {
        var start: UnsafeMutablePointer<CChar>?
        var count: Py_ssize_t = 0
        guard cpython.PyBytes_AsStringAndSize(raw, &start, &count) == 0 else { throw .pending }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// The UTF-8 of a `str`; TypeError for anything else (`PyUnicode_AsUTF8AndSize`). Valid while the object lives.
    @inline(__always)
    public func utf8(_ py: borrowing Python) throws(PyError) -> UnsafeRawBufferPointer {
        var count: Py_ssize_t = 0
        guard let start = cpython.PyUnicode_AsUTF8AndSize(raw, &count) else { throw .pending }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// A `str` as a Swift string. For cold paths.
    public func string(_ py: borrowing Python) throws(PyError) -> String {
        String(decoding: try utf8(py), as: UTF8.self)
    }

    /// `str(object)` as a Swift string. For cold paths.
    public func description(_ py: borrowing Python) throws(PyError) -> String {
        try PyOwned(orThrow: cpython.PyObject_Str(raw)).string(py)
    }

    /// The value of an `int` (`PyLong_AsLong`); TypeError or OverflowError otherwise.
    @inline(__always)
    public func int(_ py: borrowing Python) throws(PyError) -> Int {
        // Before 3.10 PyLong_AsLong cuts a float's fraction off instead of refusing it, as PyNumber_Index does.
        if PyLayout.version < (3, 10) {
            let index = try PyOwned(orThrow: cpython.PyNumber_Index(raw))
            return try index.long(py)
        }
        return try long(py)
    }

    @inline(__always)
    private func long(_ py: borrowing Python) throws(PyError) -> Int {
        let value = cpython.PyLong_AsLong(raw)
        if value == -1, cpython.PyErr_Occurred() != nil { throw .pending }
        return value
    }

    /// The value of a `float` (`PyFloat_AsDouble`); TypeError otherwise.
    @inline(__always)
    public func double(_ py: borrowing Python) throws(PyError) -> Double {
        let value = cpython.PyFloat_AsDouble(raw)
        if value == -1, cpython.PyErr_Occurred() != nil { throw .pending }
        return value
    }

    /// The length of a sequence (`PySequence_Size`).
    @inline(__always)
    public func length(_ py: borrowing Python) throws(PyError) -> Int {
        let length = cpython.PySequence_Size(raw)
        guard length >= 0 else { throw .pending }
        return length
    }

    /// Python's truth of the object (`PyObject_IsTrue`).
    @inline(__always)
    public func isTrue(_ py: borrowing Python) throws(PyError) -> Bool {
        if raw == cpython._Py_TrueStruct { return true }
        if raw == cpython._Py_FalseStruct { return false }
        let answer = cpython.PyObject_IsTrue(raw)
        guard answer >= 0 else { throw .pending }
        return answer == 1
    }

    /// The name of the object's class, for messages.
    ///
    /// Not by the attribute: a metaclass may have one of its own, and this is asked in the middle of things.
    public func typeName(_ py: borrowing Python) throws(PyError) -> String {
        let type = try PyOwned(orThrow: cpython.PyObject_Type(raw))
        // Before the layout is known nothing but Python's own code has run.
        guard let nameOfType = PyLayout.nameOfType else { return try type.attribute("__name__", py).string(py) }
        return try PyRef(nameOfType).call(type, py).string(py)
    }

    /// Whether the object's class is `type` or derived from it, without asking the object or the class.
    public func isKind(of type: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        guard let own = cpython.PyObject_Type(raw) else { return false }
        defer { cpython.Py_DecRef(own) }
        return cpython.PyType_IsSubtype(OpaquePointer(own), OpaquePointer(type.raw)) != 0
    }
}

/// Dictionaries.
extension PyReference where Self: ~Copyable {
    /// The value of a key, or `nil` (`PyDict_GetItemWithError`).
    @inline(__always)
    public func ownedItem(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned? {
        if let value = cpython.PyDict_GetItemWithError(raw, key.raw) { return PyRef(value).owned(py) }
        if cpython.PyErr_Occurred() != nil { throw .pending }
        return nil
    }

    /// The value of a key, borrowed from the dictionary, or `nil`: for dictionaries that no application has.
    @inline(__always)
    public func item(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyRef? {
        if let value = cpython.PyDict_GetItemWithError(raw, key.raw) { return PyRef(value) }
        if cpython.PyErr_Occurred() != nil { throw .pending }
        return nil
    }

    /// Sets a key (`PyDict_SetItem`).
    @inline(__always)
    public func set(_ key: borrowing some PyAny, _ value: borrowing some PyAny, _ py: borrowing Python) throws(PyError)
    {
        guard cpython.PyDict_SetItem(raw, key.raw, value.raw) == 0 else { throw .pending }
    }
}
