import CNodeAPI

/// The way into JavaScript from a callback of libuv's: with a handle scope, and with what Node does behind each callback
/// (`process.nextTick`, promises).
///
/// The JavaScript thread's, for as long as its environment lives.
public struct CallbackScope {
    private let env: napi_env
    private let context: napi_async_context

    /// Makes the context that async hooks see (`napi_async_init`).
    public init(_ name: String, _ node: borrowing Node) throws(NodeError) {
        var made: napi_async_context?
        try NodeError.check(
            napi_async_init(node.env, nil, try node.string(name).raw, &made), "napi_async_init")
        env = node.env
        context = made!
    }

    /// Runs `body`; what it throws, and what JavaScript throws in it, is an uncaught exception.
    public func run(_ body: (borrowing Node) throws(NodeError) -> Void) {
        var handles: napi_handle_scope?
        // Neither can fail: the environment lives, and nothing is pending outside of a callback.
        _ = napi_open_handle_scope(env, &handles)
        defer { _ = napi_close_handle_scope(env, handles) }
        var scope: napi_callback_scope?
        _ = napi_open_callback_scope(env, nil, context, &scope)
        defer { _ = napi_close_callback_scope(env, scope) }
        let node = Node(env)
        do throws(NodeError) {
            try body(node)
        } catch {
            error.raise(node)
            var exception: napi_value?
            guard napi_get_and_clear_last_exception(env, &exception) == napi_ok else { return }
            _ = napi_fatal_exception(env, exception)
        }
    }
}
