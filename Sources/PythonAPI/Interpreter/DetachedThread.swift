import CPythonAPI

/// A thread that gave its attachment up and takes it again for a while, as often as it likes.
///
/// For the thread that made it only. `@unchecked` because it may be stored in what other threads see too.
/// `@safe` because CPython keeps the state for as long as the thread lives.
@safe public struct DetachedThread: @unchecked Sendable {
    private let state: OpaquePointer

    /// Detaches this thread (`PyEval_SaveThread`): the token's owner must not use it any more.
    public init(detaching py: borrowing Python) {
        // Never NULL: the thread is attached, as the token says.
        unsafe state = cpython.PyEval_SaveThread()!
    }

    /// Attaches the thread again, for good, and hands a result through.
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
