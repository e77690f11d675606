import CPythonAPI

/// Properties of the loaded interpreter, read from it once. No object layout is taken from the headers.
///
/// `nonisolated(unsafe)` because `read` writes them before any other function of this module can run, and nothing does
/// later.
public enum PyLayout {
    /// The size in bytes of the header of every object (`object.__basicsize__`): 16, or 32 in free-threaded builds.
    public nonisolated(unsafe) internal(set) static var objectHeaderSize = 16
    /// The interpreter's version, major and minor.
    public nonisolated(unsafe) internal(set) static var version: (Int, Int) = (3, 8)
    /// Whether the interpreter can run without a GIL, so that several threads may execute Python code at the same time.
    public nonisolated(unsafe) internal(set) static var isFreeThreaded = false
    /// The offset of the type's address in the header, if it was found where it is expected; else 0.
    nonisolated(unsafe) static var typeOffset = 0
    /// `type.__dict__['__name__'].__get__`, which returns a class's name without running the class's code; never
    /// released.
    nonisolated(unsafe) static var nameOfType: PyPointer?

    /// Reads the properties. Once, right after the interpreter was initialised.
    static func read(_ py: borrowing Python) throws(PyError) {
        let sys = try unsafe PyOwned(orThrow: cpython.PyImport_ImportModule("sys"))
        let info = try sys.attribute("version_info", py)
        unsafe version = (
            try info.attribute("major", py).int(py), try info.attribute("minor", py).int(py)
        )
        unsafe isFreeThreaded = try sys.attribute("abiflags", py).string(py).contains("t")
        let builtins = try unsafe PyOwned(orThrow: cpython.PyImport_ImportModule("builtins"))
        unsafe objectHeaderSize = try builtins.attribute("object", py).attribute("__basicsize__", py).int(py)
        let names = try builtins.attribute("type", py).attribute("__dict__", py)
        let name = try names.attribute("get", py).call(try PyOwned.string("__name__", py), py)
        unsafe nameOfType = try name.attribute("__get__", py).take()
        let offset = unsafe objectHeaderSize - MemoryLayout<UnsafeRawPointer>.size
        let samples = unsafe [
            cpython._Py_TrueStruct, cpython._Py_NoneStruct, sys.raw, builtins.raw, cpython.PyExc_TypeError,
        ]
        for index in unsafe samples.indices {
            guard let sample = unsafe samples[index] else { return }
            let type = try unsafe PyOwned(orThrow: cpython.PyObject_Type(sample))
            let found = unsafe UnsafeRawPointer(sample).load(fromByteOffset: offset, as: UnsafeMutableRawPointer?.self)
            guard unsafe found == UnsafeMutableRawPointer(type.raw) else { return }
        }
        unsafe typeOffset = offset
    }
}

extension PyReference where Self: ~Copyable & ~Escapable {
    /// Whether the object's class is exactly `type`. Needs no call if the layout is known.
    @inline(__always)
    public func isExactly(_ type: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        if unsafe PyLayout.typeOffset != 0 {
            let found = unsafe UnsafeRawPointer(raw).load(
                fromByteOffset: PyLayout.typeOffset, as: UnsafeMutableRawPointer?.self)
            return unsafe found == UnsafeMutableRawPointer(type.raw)
        }
        let own = unsafe cpython.PyObject_Type(raw)
        unsafe cpython.Py_DecRef(own)
        return unsafe own == type.raw
    }
}
