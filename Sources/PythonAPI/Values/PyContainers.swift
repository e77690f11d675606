import CPythonAPI

/// Making lists and tuples.
extension PyOwned {
    /// A new `list` with room for so many items, each of which `fillList` has to give before anybody sees the list.
    @inline(__always)
    public static func list(count: Int = 0, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyList_New(count))
    }

    /// A new `tuple` with room for so many items, each of which `fillTuple` has to give before anybody sees the tuple.
    @inline(__always)
    public static func tuple(count: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyTuple_New(count))
    }

    /// A `tuple` of two.
    public static func pair(
        _ first: consuming PyOwned, _ second: consuming PyOwned, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let tuple = try tuple(count: 2, py)
        tuple.fillTuple(0, with: first, py)
        tuple.fillTuple(1, with: second, py)
        return tuple
    }

    /// Gives a new list one of its items (`PyList_SetItem`).
    @inline(__always)
    public borrowing func fillList(_ index: Int, with item: consuming PyOwned, _ py: borrowing Python) {
        // Steals the reference; cannot fail on a new list of that size.
        _ = unsafe cpython.PyList_SetItem(raw, index, item.take())
    }

    /// Gives a new tuple one of its items (`PyTuple_SetItem`).
    @inline(__always)
    public borrowing func fillTuple(_ index: Int, with item: consuming PyOwned, _ py: borrowing Python) {
        // Steals the reference; cannot fail on a new tuple of that size.
        _ = unsafe cpython.PyTuple_SetItem(raw, index, item.take())
    }
}

/// Lists, tuples, sets and other sequences.
extension PyReference where Self: ~Copyable {
    /// The items of a `list` (`PyList_Size`); of anything else -1, with an exception set.
    @inline(__always)
    public func listCount(_ py: borrowing Python) -> Int { unsafe cpython.PyList_Size(raw) }

    /// The items of a `tuple` (`PyTuple_Size`); of anything else -1, with an exception set.
    @inline(__always)
    public func tupleCount(_ py: borrowing Python) -> Int { unsafe cpython.PyTuple_Size(raw) }

    /// An item, borrowed from a `list` (`PyList_GetItem`); `nil`, with an exception set, where there is none.
    @inline(__always)
    public func listItem(_ index: Int, _ py: borrowing Python) -> PyRef? {
        unsafe cpython.PyList_GetItem(raw, index).map { unsafe PyRef($0) }
    }

    /// An item of a `list` (`PyList_GetItem`, without a GIL `PyList_GetItemRef`).
    ///
    /// - Throws: IndexError.
    @inline(__always)
    public func ownedListItem(_ index: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if unsafe PyLayout.isFreeThreaded { return try unsafe PyOwned(orThrow: cpython.PyList_GetItemRef(raw, index)) }
        guard let item = listItem(index, py) else { throw .pending }
        return item.owned(py)
    }

    /// A new `list` of a list's items (`PyList_GetSlice`).
    public func copiedList(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyList_GetSlice(raw, 0, .max))
    }

    /// An item, borrowed from a `tuple` (`PyTuple_GetItem`); `nil`, with an exception set, where there is none.
    @inline(__always)
    public func tupleItem(_ index: Int, _ py: borrowing Python) -> PyRef? {
        unsafe cpython.PyTuple_GetItem(raw, index).map { unsafe PyRef($0) }
    }

    /// An item of any sequence (`PySequence_GetItem`).
    public func sequenceItem(_ index: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PySequence_GetItem(raw, index))
    }

    /// The items of what can be iterated over: itself, where it is a list or tuple, or a new list (`PySequence_Fast`).
    ///
    /// - Parameter refusal: what the TypeError says of anything else.
    public func listOrTuple(refusal: StaticString, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let text = unsafe UnsafeRawPointer(refusal.utf8Start).assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PySequence_Fast(raw, text))
    }

    /// Adds an item to a `list` (`PyList_Append`).
    @inline(__always)
    public func append(_ item: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyList_Append(raw, item.raw) == 0 else { throw .pending }
    }

    /// Adds an item to a `set` (`PySet_Add`).
    @inline(__always)
    public func insert(_ item: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PySet_Add(raw, item.raw) == 0 else { throw .pending }
    }

    /// Takes an item out of a `set`, if it is there (`PySet_Discard`).
    @inline(__always)
    public func discard(_ item: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PySet_Discard(raw, item.raw) >= 0 else { throw .pending }
    }

    /// The items of a sequence (`PySequence_Size`); of anything else -1, with an exception set.
    @inline(__always)
    public func sequenceCount(_ py: borrowing Python) -> Int { unsafe cpython.PySequence_Size(raw) }

    /// The length of a sequence (`PySequence_Size`).
    @inline(__always)
    public func length(_ py: borrowing Python) throws(PyError) -> Int {
        let length = unsafe cpython.PySequence_Size(raw)
        guard length >= 0 else { throw .pending }
        return length
    }

    /// How many things a container has (`PyObject_Size`).
    @inline(__always)
    public func count(_ py: borrowing Python) throws(PyError) -> Int {
        let count = unsafe cpython.PyObject_Size(raw)
        guard count >= 0 else { throw .pending }
        return count
    }
}
