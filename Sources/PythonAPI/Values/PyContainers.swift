import CPythonAPI

/// Creating lists and tuples. Each method throws the exception of the C function that it names.
extension PyOwned {
    /// A new `list` of a given length. `fillList` must set every item before Python code sees the list.
    @inline(__always)
    public static func list(count: Int = 0, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyList_New(count))
    }

    /// A new `tuple` of a given length. `fillTuple` must set every item before Python code sees the tuple.
    @inline(__always)
    public static func tuple(count: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyTuple_New(count))
    }

    /// A `tuple` of two items.
    public static func pair(
        _ first: consuming PyOwned, _ second: consuming PyOwned, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let tuple = try tuple(count: 2, py)
        tuple.fillTuple(0, with: first, py)
        tuple.fillTuple(1, with: second, py)
        return tuple
    }

    /// Sets an item of a new list (`PyList_SetItem`).
    @inline(__always)
    public borrowing func fillList(_ index: Int, with item: consuming PyOwned, _ py: borrowing Python) {
        // Steals the reference; cannot fail on a new list of that size.
        _ = unsafe cpython.PyList_SetItem(raw, index, item.take())
    }

    /// Sets an item of a new tuple (`PyTuple_SetItem`).
    @inline(__always)
    public borrowing func fillTuple(_ index: Int, with item: consuming PyOwned, _ py: borrowing Python) {
        // Steals the reference; cannot fail on a new tuple of that size.
        _ = unsafe cpython.PyTuple_SetItem(raw, index, item.take())
    }
}

/// Lists, tuples, sets and other sequences. Each method throws the exception of the C function that it names.
extension PyReference where Self: ~Copyable & ~Escapable {
    /// The length of a `list` (`PyList_Size`); for other objects -1, with an exception set.
    @inline(__always)
    public func listCount(_ py: borrowing Python) -> Int { unsafe cpython.PyList_Size(raw) }

    /// The length of a `tuple` (`PyTuple_Size`); for other objects -1, with an exception set.
    @inline(__always)
    public func tupleCount(_ py: borrowing Python) -> Int { unsafe cpython.PyTuple_Size(raw) }

    /// A borrowed item of a `list` (`PyList_GetItem`); `nil`, with an exception set, if there is none.
    @_lifetime(borrow self)
    @inline(__always)
    public func listItem(_ index: Int, _ py: borrowing Python) -> PyRef? {
        guard let item = unsafe cpython.PyList_GetItem(raw, index) else { return nil }
        return unsafe _overrideLifetime(PyRef(item), borrowing: self)
    }

    /// An owned item of a `list` (`PyList_GetItem`, without a GIL `PyList_GetItemRef`).
    ///
    /// - Throws: `IndexError`.
    @inline(__always)
    public func ownedListItem(_ index: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if unsafe PyLayout.isFreeThreaded { return try unsafe PyOwned(orThrow: cpython.PyList_GetItemRef(raw, index)) }
        guard let item = listItem(index, py) else { throw .pending }
        return item.owned(py)
    }

    /// A new `list` with the same items (`PyList_GetSlice`).
    public func copiedList(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyList_GetSlice(raw, 0, .max))
    }

    /// A borrowed item of a `tuple` (`PyTuple_GetItem`); `nil`, with an exception set, if there is none.
    @_lifetime(borrow self)
    @inline(__always)
    public func tupleItem(_ index: Int, _ py: borrowing Python) -> PyRef? {
        guard let item = unsafe cpython.PyTuple_GetItem(raw, index) else { return nil }
        return unsafe _overrideLifetime(PyRef(item), borrowing: self)
    }

    /// An owned item of any sequence (`PySequence_GetItem`).
    public func sequenceItem(_ index: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PySequence_GetItem(raw, index))
    }

    /// A list or tuple itself; for other iterables a new list of their items (`PySequence_Fast`).
    ///
    /// - Parameter refusal: the `TypeError`'s text for an object that is not iterable.
    public func listOrTuple(refusal: StaticString, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let text = unsafe UnsafeRawPointer(refusal.utf8Start).assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PySequence_Fast(raw, text))
    }

    /// Appends an item to a `list` (`PyList_Append`).
    @inline(__always)
    public func append(_ item: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyList_Append(raw, item.raw) == 0 else { throw .pending }
    }

    /// Adds an item to a `set` (`PySet_Add`).
    @inline(__always)
    public func insert(_ item: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PySet_Add(raw, item.raw) == 0 else { throw .pending }
    }

    /// Removes an item from a `set` if it is there (`PySet_Discard`).
    @inline(__always)
    public func discard(_ item: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PySet_Discard(raw, item.raw) >= 0 else { throw .pending }
    }

    /// The length of a sequence (`PySequence_Size`); for other objects -1, with an exception set.
    @inline(__always)
    public func sequenceCount(_ py: borrowing Python) -> Int { unsafe cpython.PySequence_Size(raw) }

    /// The length of a sequence (`PySequence_Size`).
    ///
    /// - Throws: `TypeError` for other objects.
    @inline(__always)
    public func length(_ py: borrowing Python) throws(PyError) -> Int {
        let length = unsafe cpython.PySequence_Size(raw)
        guard length >= 0 else { throw .pending }
        return length
    }

    /// The number of items in a container (`PyObject_Size`).
    @inline(__always)
    public func count(_ py: borrowing Python) throws(PyError) -> Int {
        let count = unsafe cpython.PyObject_Size(raw)
        guard count >= 0 else { throw .pending }
        return count
    }
}
