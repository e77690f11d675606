import CPythonAPI

extension PyOwned {
    /// An empty `dict` (`PyDict_New`).
    @inline(__always)
    public static func dict(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyDict_New())
    }
}

/// Dictionaries. Each method throws the exception of the C function that it names.
extension PyReference where Self: ~Copyable & ~Escapable {
    /// A shallow copy of a `dict` (`PyDict_Copy`).
    @inline(__always)
    public func copiedDict(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyDict_Copy(raw))
    }

    /// A dict from which values can be borrowed, because no other thread changes it: the dict itself with a GIL, a copy
    /// without one.
    @inline(__always)
    public func unshared(_ py: borrowing Python) throws(PyError) -> PyOwned {
        guard unsafe PyLayout.isFreeThreaded else { return owned(py) }
        return try copiedDict(py)
    }

    /// The value of a key, owned; `nil` if there is none (`PyDict_GetItemWithError`).
    @inline(__always)
    public func ownedItem(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned? {
        if unsafe PyLayout.isFreeThreaded {
            var value: PyPointer?
            guard unsafe cpython.PyDict_GetItemRef(raw, key.raw, &value) >= 0 else { throw .pending }
            guard let value = unsafe value else { return nil }
            return unsafe PyOwned(stealing: value)
        }
        if let value = unsafe cpython.PyDict_GetItemWithError(raw, key.raw) { return unsafe PyRef(value).owned(py) }
        if unsafe cpython.PyErr_Occurred() != nil { throw .pending }
        return nil
    }

    /// The value of a key, borrowed from the dict; `nil` if there is none (`PyDict_GetItemWithError`). Only for dicts
    /// that no application code can reach.
    @_lifetime(borrow self)
    @inline(__always)
    public func item(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyRef? {
        if let value = unsafe cpython.PyDict_GetItemWithError(raw, key.raw) {
            return unsafe _overrideLifetime(PyRef(value), borrowing: self)
        }
        if unsafe cpython.PyErr_Occurred() != nil { throw .pending }
        return nil
    }

    /// Sets a key (`PyDict_SetItem`).
    @inline(__always)
    public func set(_ key: borrowing some PyAny, _ value: borrowing some PyAny, _ py: borrowing Python) throws(PyError)
    {
        guard unsafe cpython.PyDict_SetItem(raw, key.raw, value.raw) == 0 else { throw .pending }
    }

    /// Sets a key (`PyDict_SetItemString`). Makes a str, so not for every request.
    public func set(
        named name: StaticString, _ value: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) {
        let name = unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        guard unsafe cpython.PyDict_SetItemString(raw, name, value.raw) == 0 else { throw .pending }
    }

    /// Removes a key (`PyDict_DelItem`).
    ///
    /// - Throws: `KeyError` if it is not there.
    @inline(__always)
    public func removeItem(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyDict_DelItem(raw, key.raw) == 0 else { throw .pending }
    }

    /// The length of a `dict` (`PyDict_Size`); for other objects -1, with an exception set.
    @inline(__always)
    public func dictCount(_ py: borrowing Python) -> Int { unsafe cpython.PyDict_Size(raw) }

    /// The next key and value, borrowed from the dict; `nil` after the last ones (`PyDict_Next`). The dict must not
    /// change meanwhile.
    ///
    /// - Parameter position: the state of the iteration; 0 at first.
    @_lifetime(borrow self)
    @inline(__always)
    public func nextItem(_ position: inout Int, _ py: borrowing Python) -> PyItem? {
        var (key, value): (PyPointer?, PyPointer?) = (nil, nil)
        guard unsafe cpython.PyDict_Next(raw, &position, &key, &value) != 0, let key = unsafe key,
            let value = unsafe value
        else { return nil }
        return unsafe _overrideLifetime(PyItem(key: PyRef(key), value: PyRef(value)), borrowing: self)
    }
}

/// A key and its value, borrowed from a `dict`.
public struct PyItem: ~Escapable {
    /// The key.
    public let key: PyRef
    /// Its value.
    public let value: PyRef

    @_lifetime(copy key, copy value)
    @inline(__always)
    fileprivate init(key: PyRef, value: PyRef) {
        self.key = key
        self.value = value
    }
}
