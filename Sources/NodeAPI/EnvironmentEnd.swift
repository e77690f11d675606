import CNodeAPI

extension Node {
    /// Has something done when an environment ends, after what `atEnd` waits for.
    ///
    /// - Parameter end: called once, on the environment's thread. Kept until then, with what it refers to.
    /// - Throws: `NodeError` of `napi_add_env_cleanup_hook`; `end` is let go.
    public func atCleanup(_ end: @escaping () -> Void) throws(NodeError) {
        let kept = Unmanaged.passRetained(EnvironmentEnd { _ in end() })
        let status = napi_add_env_cleanup_hook(
            env, { end in Unmanaged<EnvironmentEnd>.fromOpaque(end!).takeRetainedValue().body {} }, kept.toOpaque())
        if status != napi_ok { kept.release() }
        try NodeError.check(status, "napi_add_env_cleanup_hook")
    }

    /// Has an environment that ends wait for what takes turns of its event loop, as closing handles does.
    ///
    /// - Parameter end: called once, on the environment's thread, before what was asked for earlier; calls what it is given
    ///   when it is done. Kept until then, with what it refers to.
    /// - Throws: `NodeError` of `napi_add_async_cleanup_hook`; `end` is let go.
    public func atEnd(_ end: @escaping (_ done: @escaping () -> Void) -> Void) throws(NodeError) {
        let kept = Unmanaged.passRetained(EnvironmentEnd(end))
        let status = napi_add_async_cleanup_hook(
            env,
            { hook, end in
                Unmanaged<EnvironmentEnd>.fromOpaque(end!).takeRetainedValue().body {
                    _ = napi_remove_async_cleanup_hook(hook)
                }
            }, kept.toOpaque(), nil)
        if status != napi_ok { kept.release() }
        try NodeError.check(status, "napi_add_async_cleanup_hook")
    }
}

private final class EnvironmentEnd {
    let body: (_ done: @escaping () -> Void) -> Void

    init(_ body: @escaping (_ done: @escaping () -> Void) -> Void) { self.body = body }
}
