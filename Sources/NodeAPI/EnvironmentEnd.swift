import CNodeAPI

extension Node {
    /// Calls a closure when the environment ends, after everything that `atEnd` waits for
    /// (`napi_add_env_cleanup_hook`).
    ///
    /// - Parameter end: called once, on the environment's thread; retained until then.
    /// - Throws: `NodeError` of `napi_add_env_cleanup_hook`; `end` is then released.
    public func atCleanup(_ end: @escaping () -> Void) throws(NodeError) {
        let kept = unsafe Unmanaged.passRetained(EnvironmentEnd { _ in end() })
        let status = unsafe napi_add_env_cleanup_hook(
            env, { end in unsafe Unmanaged<EnvironmentEnd>.fromOpaque(end!).takeRetainedValue().body {} },
            unsafe kept.toOpaque())
        if status != napi_ok { unsafe kept.release() }
        try NodeError.check(status, "napi_add_env_cleanup_hook")
    }

    /// Delays the end of the environment for something that takes turns of its event loop, such as closing handles
    /// (`napi_add_async_cleanup_hook`).
    ///
    /// - Parameter end: called once, on the environment's thread, in the reverse order of the calls of `atEnd`; must
    ///   call `done` when it has finished. Retained until then.
    /// - Throws: `NodeError` of `napi_add_async_cleanup_hook`; `end` is then released.
    public func atEnd(_ end: @escaping (_ done: @escaping () -> Void) -> Void) throws(NodeError) {
        let kept = unsafe Unmanaged.passRetained(EnvironmentEnd(end))
        let status = unsafe napi_add_async_cleanup_hook(
            env,
            { hook, end in
                unsafe Unmanaged<EnvironmentEnd>.fromOpaque(end!).takeRetainedValue().body {
                    _ = unsafe napi_remove_async_cleanup_hook(hook)
                }
            }, unsafe kept.toOpaque(), nil)
        if status != napi_ok { unsafe kept.release() }
        try NodeError.check(status, "napi_add_async_cleanup_hook")
    }
}

private final class EnvironmentEnd {
    let body: (_ done: @escaping () -> Void) -> Void

    init(_ body: @escaping (_ done: @escaping () -> Void) -> Void) { self.body = body }
}
