import CPythonAPI

/// Attributes and calls. The arrays of arguments are on the stack. What Python raises is thrown.
extension PyReference where Self: ~Copyable & ~Escapable {
    /// An attribute by name (`PyObject_GetAttrString`). Makes a str, so not for every request.
    public func attribute(_ name: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyObject_GetAttrString(raw, name))
    }

    /// An attribute by name (`PyObject_GetAttr`).
    @inline(__always)
    public func attribute(_ name: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyObject_GetAttr(raw, name.raw))
    }

    /// Sets an attribute (`PyObject_SetAttr`).
    @inline(__always)
    public func setAttribute(
        _ name: borrowing some PyAny, _ value: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) {
        guard unsafe cpython.PyObject_SetAttr(raw, name.raw, value.raw) == 0 else { throw .pending }
    }

    /// Calls the object without arguments.
    @inline(__always)
    public func call(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython_call(raw, nil, 0, nil))
    }

    /// Calls the object with one argument.
    @inline(__always)
    public func call(_ first: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        var argument: PyPointer? = unsafe first.raw
        return try unsafe PyOwned(orThrow: cpython_call(raw, &argument, 1, nil))
    }

    /// Calls the object with two arguments.
    @inline(__always)
    public func call(
        _ first: borrowing some PyAny, _ second: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try unsafe withArguments((first.raw, second.raw)) { a throws(PyError) in
            try unsafe PyOwned(orThrow: cpython_call(raw, a, 2, nil))
        }
    }

    /// Calls the object with three arguments.
    @inline(__always)
    public func call(
        _ first: borrowing some PyAny, _ second: borrowing some PyAny, _ third: borrowing some PyAny,
        _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try unsafe withArguments((first.raw, second.raw, third.raw)) { a throws(PyError) in
            try unsafe PyOwned(orThrow: cpython_call(raw, a, 3, nil))
        }
    }

    /// Calls the object with a tuple of positional arguments and a dict of keyword arguments, passed on as they are
    /// (`PyObject_Call`).
    @inline(__always)
    public func call(
        arguments: borrowing some PyAny, named: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyObject_Call(raw, arguments.raw, named.raw))
    }

    /// Calls the object with a tuple of positional arguments, passed on as it is (`PyObject_Call`).
    @inline(__always)
    public func call(arguments: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyObject_Call(raw, arguments.raw, nil))
    }

    /// Calls the object with an array of arguments, in the form that a native function receives: `count` positional
    /// ones, then the values of the keyword arguments `names`.
    public func call(
        _ arguments: UnsafePointer<PyPointer?>?, count: Py_ssize_t, names: PyPointer?, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython_call(raw, arguments, count, names))
    }

    /// Calls a method without arguments (`PyObject_VectorcallMethod`).
    @inline(__always)
    public func callMethod(_ name: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        var receiver: PyPointer? = unsafe raw
        return try unsafe PyOwned(orThrow: cpython_call_method(name.raw, &receiver, 1, nil))
    }

    /// Calls a method with one argument.
    @inline(__always)
    public func callMethod(
        _ name: borrowing some PyAny, _ first: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try unsafe withArguments((raw, first.raw)) { a throws(PyError) in
            try unsafe PyOwned(orThrow: cpython_call_method(name.raw, a, 2, nil))
        }
    }

    /// Calls a method with two arguments.
    @inline(__always)
    public func callMethod(
        _ name: borrowing some PyAny, _ first: borrowing some PyAny, _ second: borrowing some PyAny,
        _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try unsafe withArguments((raw, first.raw, second.raw)) { a throws(PyError) in
            try unsafe PyOwned(orThrow: cpython_call_method(name.raw, a, 3, nil))
        }
    }
}

/// Passes a tuple of pointers as an array: a homogeneous tuple's elements are contiguous in memory.
@inline(__always)
private func withArguments<Tuple, Result: ~Copyable>(
    _ tuple: Tuple, _ body: (UnsafePointer<PyPointer?>) throws(PyError) -> Result
) throws(PyError) -> Result {
    var tuple = tuple
    return try unsafe withUnsafeBytes(of: &tuple) { bytes throws(PyError) in
        try unsafe body(bytes.baseAddress!.assumingMemoryBound(to: PyPointer?.self))
    }
}
