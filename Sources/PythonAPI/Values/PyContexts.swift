import CPythonAPI

extension PyOwned {
    /// A copy of the context that code runs in now (`PyContext_CopyCurrent`).
    @inline(__always)
    public static func copiedContext(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned(orThrow: cpython.PyContext_CopyCurrent())
    }
}

/// `contextvars`: the contexts that tasks run in.
extension PyReference where Self: ~Copyable {
    /// Makes this context the current one (`PyContext_Enter`); RuntimeError where it is entered already.
    @inline(__always)
    public func enterContext(_ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyContext_Enter(raw) == 0 else { throw .pending }
    }

    /// Takes `enterContext` back (`PyContext_Exit`).
    @inline(__always)
    public func exitContext(_ py: borrowing Python) throws(PyError) {
        guard unsafe cpython.PyContext_Exit(raw) == 0 else { throw .pending }
    }

    /// Sets this context variable in the current context (`PyContextVar_Set`).
    ///
    /// - Returns: `false` where this Python has no such function: nothing was done then.
    @inline(__always)
    public func setVariable(_ value: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> Bool {
        guard unsafe cpython.PyContextVar_Set != nil else { return false }
        _ = try unsafe PyOwned(orThrow: cpython.PyContextVar_Set(raw, value.raw))
        return true
    }
}

extension Python {
    /// Whether contexts can be entered from here.
    @inline(__always)
    public var entersContexts: Bool { unsafe cpython.PyContext_Enter != nil && cpython.PyContext_Exit != nil }
}
