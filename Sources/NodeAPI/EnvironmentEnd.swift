import CNodeAPI

extension Node {
    /// Has something done when an environment ends, after what `atEnd` waits for.
    ///
    /// - Parameter end: called once, on the environment's thread. Kept until then, with what it refers to.
    /// - Throws: `NodeError` of `napi_add_env_cleanup_hook`; `end` is let go.
    public func atCleanup(_ end: @escaping () -> Void) throws(NodeError) {
        let kept = unsafe Unmanaged.passRetained(EnvironmentEnd { _ in end() })
        let status = unsafe napi_add_env_cleanup_hook(
            env, { end in unsafe Unmanaged<EnvironmentEnd>.fromOpaque(end!).takeRetainedValue().body {} },
            unsafe kept.toOpaque())
        if status != napi_ok { unsafe kept.release() }
        try NodeError.check(status, "napi_add_env_cleanup_hook")
    }

    /// Has an environment that ends wait for what takes turns of its event loop, as closing handles does.
    ///
    /// - Parameter end: called once, on the environment's thread, before what was asked for earlier; calls what it is given
    ///   when it is done. Kept until then, with what it refers to.
    /// - Throws: `NodeError` of `napi_add_async_cleanup_hook`; `end` is let go.
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
