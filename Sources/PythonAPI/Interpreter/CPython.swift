import CPythonAPI

/// A Python object's address, as CPython's functions take and return it.
public typealias PyPointer = UnsafeMutablePointer<PyObject>

/// The interpreter's functions, filled when its shared library is loaded.
///
/// An addressor and not a `let`: a lazy global would be checked before each call.
/// Sound because the table is written once, before the thread that reads it attaches for the first time.
var cpython: cpython_table {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(cpython_functions()) }
}
