import CPythonAPI

/// A Python exception is pending on this thread.
///
/// The exception itself stays in CPython, so rethrowing costs nothing, and text is only made by the code that takes the
/// exception with `PyError.take`.
public enum PyError: Error {
    /// The exception is the thread's pending one (`PyErr_Occurred`).
    case pending

    /// Built-in exceptions.
    public enum Kind: Sendable {
        /// `RuntimeError`: the application has broken the protocol.
        case runtime
        /// `TypeError`: a value of the wrong type.
        case type
        /// `ValueError`: a value that is not allowed.
        case value
        /// `KeyError`: a key is missing.
        case key
        /// `OverflowError`: a number is too large.
        case overflow
        /// `UnicodeEncodeError`: text that an encoding cannot represent.
        case unicodeEncode
        /// `StopIteration`: the end of an iterator or coroutine.
        case stopIteration
        /// `SystemError`: CPython was used wrongly.
        case system
        /// `SystemExit`: the program should end.
        case systemExit
        /// `KeyboardInterrupt`: the user wants the program to end.
        case keyboardInterrupt

        /// The class, which lives as long as the interpreter.
        var exception: PyRef {
            @_lifetime(immortal)
            @inline(__always)
            get {
                switch self {
                case .runtime: unsafe PyRef(cpython.PyExc_RuntimeError)
                case .type: unsafe PyRef(cpython.PyExc_TypeError)
                case .value: unsafe PyRef(cpython.PyExc_ValueError)
                case .key: unsafe PyRef(cpython.PyExc_KeyError)
                case .overflow: unsafe PyRef(cpython.PyExc_OverflowError)
                case .unicodeEncode: unsafe PyRef(cpython.PyExc_UnicodeEncodeError)
                case .stopIteration: unsafe PyRef(cpython.PyExc_StopIteration)
                case .system: unsafe PyRef(cpython.PyExc_SystemError)
                case .systemExit: unsafe PyRef(cpython.PyExc_SystemExit)
                case .keyboardInterrupt: unsafe PyRef(cpython.PyExc_KeyboardInterrupt)
                }
            }
        }
    }

    /// Sets an exception (`PyErr_SetObject`) and returns the error to throw.
    public static func raise(_ kind: Kind, _ message: String, _ py: borrowing Python) -> PyError {
        raise(kind.exception, message, py)
    }

    /// Sets an exception of any class and returns the error to throw.
    public static func raise(_ exception: borrowing some PyAny, _ message: String, _ py: borrowing Python) -> PyError {
        do throws(PyError) {
            let text = try PyOwned.string(message, py)
            unsafe cpython.PyErr_SetObject(exception.raw, text.raw)
        } catch {
            // The text could not be made: that exception (out of memory) is pending instead.
        }
        return .pending
    }

    /// Sets the exception for `receive()` or `send()` on a thread that does not run their event loop, which can only
    /// happen without a GIL.
    public static func raiseWrongThread(_ py: borrowing Python) -> PyError {
        let text = "receive() and send() belong to the thread of their event loop"
        return raise(.runtime, "\(text): use asyncio.run_coroutine_threadsafe()", py)
    }

    /// Sets an existing exception and returns the error to throw.
    public static func raise(instance: borrowing some PyAny, _ py: borrowing Python) -> PyError {
        let type = unsafe cpython.PyObject_Type(instance.raw)
        unsafe cpython.PyErr_SetObject(type, instance.raw)
        if let type = unsafe type { unsafe cpython.Py_DecRef(type) }
        return .pending
    }

    /// Takes the pending exception, normalised and with its traceback (`PyErr_Fetch`, `PyErr_NormalizeException`).
    ///
    /// - Returns: the exception; `SystemError` if none was pending, which is a bug of CPython or of this module.
    public static func take(_ py: borrowing Python) -> PyOwned {
        var type: PyPointer?
        var value: PyPointer?
        var traceback: PyPointer?
        unsafe cpython.PyErr_Fetch(&type, &value, &traceback)
        unsafe cpython.PyErr_NormalizeException(&type, &value, &traceback)
        if let value = unsafe value, let traceback = unsafe traceback {
            _ = unsafe cpython.PyException_SetTraceback(value, traceback)
        }
        if let type = unsafe type { unsafe cpython.Py_DecRef(type) }
        if let traceback = unsafe traceback { unsafe cpython.Py_DecRef(traceback) }
        if let value = unsafe value { return unsafe PyOwned(stealing: value) }
        let error: PyPointer = unsafe cpython.PyExc_SystemError
        unsafe cpython.Py_IncRef(error)
        return unsafe PyOwned(stealing: error)
    }

    /// Whether the pending exception is of a class (`PyErr_ExceptionMatches`).
    public static func matches(_ exception: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        unsafe cpython.PyErr_ExceptionMatches(exception.raw) != 0
    }

    /// Whether the pending exception is of a built-in class.
    public static func matches(_ kind: Kind, _ py: borrowing Python) -> Bool { matches(kind.exception, py) }

    /// Whether an exception is pending (`PyErr_Occurred`).
    @inline(__always)
    public static func isPending(_ py: borrowing Python) -> Bool { unsafe cpython.PyErr_Occurred() != nil }

    /// Drops the pending exception (`PyErr_Clear`).
    public static func clear(_ py: borrowing Python) { unsafe cpython.PyErr_Clear() }

    /// Reports the pending exception through `sys.unraisablehook`, where it cannot be thrown (`PyErr_WriteUnraisable`).
    public static func writeUnraisable(_ context: borrowing some PyAny, _ py: borrowing Python) {
        unsafe cpython.PyErr_WriteUnraisable(context.raw)
    }

    /// Reports the pending exception through `sys.unraisablehook`, without an object (`PyErr_WriteUnraisable`).
    public static func writeUnraisable(_ py: borrowing Python) { unsafe cpython.PyErr_WriteUnraisable(nil) }
}
