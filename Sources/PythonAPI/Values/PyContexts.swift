import CPythonAPI

extension PyOwned {
    /// A copy of the current context (`PyContext_CopyCurrent`).
    ///
    /// - Throws: `MemoryError`.
    @inline(__always)
    public static func copiedContext(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyContext_CopyCurrent())
    }
}

/// Contexts of `contextvars`, in which tasks run.
extension PyReference where Self: ~Copyable & ~Escapable {
    /// Makes this context the current one (`PyContext_Enter`).
    ///
    /// - Throws: `RuntimeError` if it is entered already.
    @inline(__always)
    public func enterContext(_ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyContext_Enter(raw) == 0 else { throw .pending }
    }

    /// Leaves the context (`PyContext_Exit`).
    ///
    /// - Throws: `RuntimeError` if it is not the current one.
    @inline(__always)
    public func exitContext(_ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyContext_Exit(raw) == 0 else { throw .pending }
    }

    /// Sets this context variable in the current context (`PyContextVar_Set`).
    ///
    /// - Returns: `false` if this Python does not export the function; then nothing was set.
    /// - Throws: `TypeError` if this is not a context variable.
    @inline(__always)
    public func setVariable(_ value: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> Bool {
        guard unsafe cpython.PyContextVar_Set != nil else { return false }
        _ = try unsafe PyOwned(orThrow: cpython.PyContextVar_Set(raw, value.raw))
        return true
    }
}

extension Python {
    /// Whether this Python exports the functions that enter and leave contexts.
    @inline(__always)
    public var entersContexts: Bool { unsafe cpython.PyContext_Enter != nil && cpython.PyContext_Exit != nil }
}
