import CNodeAPI

/// Calls JavaScript from a callback of libuv: with a handle scope, and with what Node runs after each callback
/// (`process.nextTick`, promises).
///
/// Used on the JavaScript thread only, while its environment lives. `@safe` because its handles live as long as the
/// environment.
@safe public struct CallbackScope {
    private let env: napi_env
    private let context: napi_async_context

    /// Makes the context that async hooks see (`napi_async_init`).
    ///
    /// - Throws: `NodeError` of `napi_async_init`.
    public init(_ name: String, _ node: borrowing Node) throws(NodeError) {
        var made: napi_async_context?
        try unsafe NodeError.check(
            napi_async_init(node.env, nil, try node.string(name).raw, &made), "napi_async_init")
        unsafe env = node.env
        unsafe context = made!
    }

    /// Runs `body` (`napi_open_callback_scope`). What it throws, and what JavaScript throws in it, becomes an uncaught
    /// exception.
    public func run(_ body: (borrowing Node) throws(NodeError) -> Void) {
        var handles: napi_handle_scope?
        // Neither call can fail: the environment lives, and outside of callbacks no exception is pending.
        _ = unsafe napi_open_handle_scope(env, &handles)
        defer { _ = unsafe napi_close_handle_scope(env, handles) }
        var scope: napi_callback_scope?
        _ = unsafe napi_open_callback_scope(env, nil, context, &scope)
        defer { _ = unsafe napi_close_callback_scope(env, scope) }
        let node = unsafe Node(env)
        do throws(NodeError) {
            try body(node)
        } catch {
            error.raise(node)
            var exception: napi_value?
            guard unsafe napi_get_and_clear_last_exception(env, &exception) == napi_ok else { return }
            _ = unsafe napi_fatal_exception(env, exception)
        }
    }
}
