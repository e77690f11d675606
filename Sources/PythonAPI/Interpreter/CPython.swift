import CPythonAPI

/// The address of a Python object, as CPython's functions take and return it.
public typealias PyPointer = UnsafeMutablePointer<PyObject>

/// The table of the interpreter's functions, filled when its shared library is loaded.
///
/// An addressor instead of a `let`, because a lazy global would be checked before each call. Sound because the table is
/// written once, before the reading thread attaches for the first time.
var cpython: cpython_table {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(cpython_functions()) }
}
