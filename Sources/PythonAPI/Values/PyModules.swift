import CPythonAPI

/// Modules, and code that runs in them. Not for every request. What Python raises is thrown.
extension PyOwned {
    /// A module, imported if necessary (`PyImport_ImportModule`).
    public static func module(_ name: StaticString, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let name = unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        return try unsafe PyOwned(orThrow: cpython.PyImport_ImportModule(name))
    }
}

extension Python {
    /// The namespace of Python's built-ins, which lives as long as the interpreter.
    public var builtins: PyRef {
        @_lifetime(immortal)
        get {
            // Only NULL on a thread that is not attached.
            unsafe PyRef(cpython.PyEval_GetBuiltins()!)
        }
    }
}

extension PyOwned {
    /// The namespace of the module with this name, made if necessary, with Python's built-ins in it. `sys.modules`
    /// keeps it alive.
    public static func namespace(ofModule name: StaticString, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let name = unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        guard let module = unsafe cpython.PyImport_AddModule(name) else { throw .pending }
        guard let namespace = unsafe cpython.PyModule_GetDict(module) else { throw .pending }
        let owned = unsafe PyRef(namespace).owned(py)
        try owned.set(named: "__builtins__", py.builtins, py)
        return owned
    }
}

extension PyReference where Self: ~Copyable & ~Escapable {

    /// Compiles source code and runs it in this namespace (`Py_CompileString`, `PyEval_EvalCode`).
    ///
    /// - Parameters:
    ///   - source: the code, in UTF-8.
    ///   - name: the file's name, for tracebacks.
    public func run(_ source: [UInt8], named name: String, _ py: borrowing Python) throws(PyError) {
        let code = unsafe (source + [0]).withUnsafeBufferPointer { bytes in
            let text = unsafe UnsafeRawPointer(bytes.baseAddress!).assumingMemoryBound(to: CChar.self)
            // 257 is Py_file_input, a macro of the full API.
            return unsafe cpython.Py_CompileString(text, name, 257)
        }
        let compiled = try unsafe PyOwned(orThrow: code)
        _ = try unsafe PyOwned(orThrow: cpython.PyEval_EvalCode(compiled.raw, raw, raw))
    }
}
