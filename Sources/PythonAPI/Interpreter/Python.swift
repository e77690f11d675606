import CPythonAPI

/// The proof that the current thread is attached to the interpreter (holds the GIL where there is one).
///
/// It has no bytes. It cannot be stored, captured by an escaping closure or kept over an `await`, so a function that
/// takes one is called only where Python may be touched.
public struct Python: ~Copyable, ~Escapable {
    @_lifetime(immortal)
    @inline(__always) init() {}

    /// Runs `body` with a token, in a callback that CPython has called.
    ///
    /// Sound wherever it is called from a C function that CPython itself calls: CPython calls only while attached.
    /// What is thrown stays set as the pending exception and NULL is returned, as the C API wants it.
    /// - Returns: a new reference for CPython, or `nil` with an exception set.
    @inline(__always)
    public static func enter(
        _ body: (borrowing Python) throws(PyError) -> PyOwned
    ) -> PyPointer? {
        let py = Python()
        do throws(PyError) {
            return unsafe try body(py).take()
        } catch {
            return nil
        }
    }

    /// Runs `body` with a token on the thread that initialised the interpreter and has not detached since.
    ///
    /// - Parameter unsafe: a promise in the caller's words why the thread is attached.
    @inline(__always)
    public static func assumeAttached<Result: ~Copyable, Failure: Error>(
        because unsafe: StaticString, _ body: (borrowing Python) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(Python())
    }

    /// Python's `None`, borrowed; it lives as long as the interpreter.
    public var none: PyRef { unsafe PyRef(cpython._Py_NoneStruct) }

    /// Python's `True` or `False`, borrowed.
    public func bool(_ value: Bool) -> PyRef {
        unsafe PyRef(value ? cpython._Py_TrueStruct : cpython._Py_FalseStruct)
    }
}
