import CPythonAPI

/// The proof that the current thread is attached to the interpreter (holds the GIL, if there is one).
///
/// It has no size. It can neither be stored, nor captured by an escaping closure, nor kept over an `await`. A function
/// that takes one is therefore only called where Python may be used.
public struct Python: ~Copyable, ~Escapable {
    @_lifetime(immortal)
    @inline(__always) init() {}

    /// Runs `body` inside a C callback that CPython has called.
    ///
    /// Sound because CPython calls functions only while attached. An error that is thrown leaves the pending exception,
    /// as the C API requires.
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

    /// Runs `body` with a token where the caller knows that the thread is attached.
    ///
    /// - Parameter unsafe: why it is attached.
    @inline(__always)
    public static func assumeAttached<Result: ~Copyable, Failure: Error>(
        because unsafe: StaticString, _ body: (borrowing Python) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(Python())
    }

    /// Python's `None`, which lives as long as the interpreter.
    public var none: PyRef {
        @_lifetime(immortal)
        get { unsafe PyRef(cpython._Py_NoneStruct) }
    }

    /// Python's `True` or `False`, which live as long as the interpreter.
    @_lifetime(immortal)
    public func bool(_ value: Bool) -> PyRef {
        unsafe PyRef(value ? cpython._Py_TrueStruct : cpython._Py_FalseStruct)
    }
}
