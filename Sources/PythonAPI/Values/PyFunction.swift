public import CPythonAPI

/// A native function that can be given to Python, bound to a Swift object.
///
/// One for each C function, made once: CPython keeps the definition's address in every function object.
/// `@unchecked` because the definition is written here and never again.
/// `@safe` because it stays for ever.
@safe public struct PyFunction: @unchecked Sendable {
    private let definition: UnsafeMutablePointer<PyMethodDef>

    /// A function without arguments.
    public static func noArguments(
        _ name: StaticString, _ body: @escaping @convention(c) (PyPointer?, PyPointer?) -> PyPointer?
    ) -> PyFunction { unsafe PyFunction(name, body, flags: METH_NOARGS) }

    /// A function with one positional argument.
    public static func oneArgument(
        _ name: StaticString, _ body: @escaping @convention(c) (PyPointer?, PyPointer?) -> PyPointer?
    ) -> PyFunction { unsafe PyFunction(name, body, flags: METH_O) }

    /// A function with any arguments, as an array: positional ones first, then the values of those named.
    public static func anyArguments(
        _ name: StaticString,
        _ body: @escaping @convention(c) (PyPointer?, UnsafePointer<PyPointer?>?, Py_ssize_t, PyPointer?) -> PyPointer?
    ) -> PyFunction {
        // METH_FASTCALL | METH_KEYWORDS, in every supported Python, in the limited API's headers from 3.10 on.
        unsafe PyFunction(name, cpython_fast(body), flags: 0x0080 | METH_KEYWORDS)
    }

    private init(_ name: StaticString, _ body: PyCFunction?, flags: Int32) {
        unsafe definition = .allocate(capacity: 1)
        unsafe definition.initialize(to: PyMethodDef())
        unsafe definition.pointee.ml_name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        unsafe definition.pointee.ml_meth = body
        unsafe definition.pointee.ml_flags = flags
    }

    /// Makes the function object (`PyCFunction_NewEx`); it keeps `receiver` alive.
    ///
    /// - Parameter receiver: what the C function gets as its first argument; see `PyOwned.capsule`.
    @inline(__always)
    public func bound(to receiver: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyCFunction_NewEx(definition, receiver.raw, nil))
    }
}
