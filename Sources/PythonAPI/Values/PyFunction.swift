public import CPythonAPI

/// A native function that Python code can call, bound to an object.
///
/// One value per C function, made once: every function object has the address of the definition. `@unchecked` because
/// the definition is never changed. `@safe` because it is never freed.
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

    /// A function with any arguments, passed as an array: the positional ones, then the values of the keyword
    /// arguments.
    public static func anyArguments(
        _ name: StaticString,
        _ body: @escaping @convention(c) (PyPointer?, UnsafePointer<PyPointer?>?, Py_ssize_t, PyPointer?) -> PyPointer?
    ) -> PyFunction {
        // METH_FASTCALL | METH_KEYWORDS. Every supported Python has them, the limited API's headers from 3.10 on.
        unsafe PyFunction(name, cpython_fast(body), flags: 0x0080 | METH_KEYWORDS)
    }

    private init(_ name: StaticString, _ body: PyCFunction?, flags: Int32) {
        unsafe definition = .allocate(capacity: 1)
        unsafe definition.initialize(to: PyMethodDef())
        unsafe definition.pointee.ml_name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        unsafe definition.pointee.ml_meth = body
        unsafe definition.pointee.ml_flags = flags
    }

    /// Makes a function object (`PyCFunction_NewEx`).
    ///
    /// - Parameter receiver: the C function's first argument, kept alive by the function object; see `PyOwned.capsule`.
    /// - Throws: `MemoryError`.
    @inline(__always)
    public func bound(to receiver: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyCFunction_NewEx(definition, receiver.raw, nil))
    }
}
