import CPythonAPI

/// A detached thread that can attach again for a while, any number of times.
///
/// Used only on the thread that has made it; `@unchecked` so that it can be stored in objects that other threads see.
/// `@safe` because CPython keeps the thread state as long as the thread lives.
@safe public struct DetachedThread: @unchecked Sendable {
    private let state: OpaquePointer

    /// Detaches this thread (`PyEval_SaveThread`). The token must not be used until it is attached again.
    public init(detaching py: borrowing Python) {
        // Never NULL: the token proves that the thread is attached.
        unsafe state = cpython.PyEval_SaveThread()!
    }

    /// Attaches the thread again and returns `result`. The token is then valid again.
    @inline(__always)
    public consuming func attached<Result>(for result: Result) -> Result {
        unsafe cpython.PyEval_RestoreThread(state)
        return result
    }

    /// Attaches the thread (`PyEval_RestoreThread`, which waits for the GIL), runs `body`, and detaches it again.
    @inline(__always)
    public func attached<Result>(_ body: (borrowing Python) -> Result) -> Result {
        unsafe cpython.PyEval_RestoreThread(state)
        defer { _ = unsafe cpython.PyEval_SaveThread() }
        return body(Python())
    }
}
