import CNodeAPI
import Locks
import Synchronization

/// Wakes a JavaScript thread from any other one: Node-API's thread-safe function, without arguments.
///
/// It does not keep Node alive unless `setRef` says so. A plain `uv_async_t` would abort the exit of a worker thread.
/// `@unchecked` because the handle may be used from any thread until `close`, and the lock ensures that it is not used
/// after it. `@safe` for the same reason.
@safe public final class WakeFunction: @unchecked Sendable {
    private let handle: napi_threadsafe_function
    private let isClosed = Mutex(false)

    /// Makes the function (`napi_create_threadsafe_function`).
    ///
    /// - Parameters:
    ///   - name: shown by async hooks.
    ///   - object: passed to `body` and not retained; the caller keeps it alive while the environment lives.
    ///   - body: called on the JavaScript thread, at least once after each `wake`.
    /// - Throws: `NodeError` of `napi_create_threadsafe_function`.
    public init(
        _ name: String, _ object: AnyObject, _ node: borrowing Node, _ body: napi_threadsafe_function_call_js
    ) throws(NodeError) {
        let name = try node.string(name)
        var handle: napi_threadsafe_function?
        try unsafe NodeError.check(
            napi_create_threadsafe_function(
                node.env, nil, nil, name.raw, 0, 1, nil, nil, Unmanaged.passUnretained(object).toOpaque(), body,
                &handle), "napi_create_threadsafe_function")
        unsafe self.handle = handle!
        try unsafe NodeError.check(napi_unref_threadsafe_function(node.env, handle), "napi_unref_threadsafe_function")
    }

    /// Makes Node call the body soon (`napi_call_threadsafe_function`). Any thread. Does nothing after `close`.
    public func wake() {
        isClosed.locked { isClosed in
            // Cannot fail: the function is open and its queue unbounded.
            if !isClosed { _ = unsafe napi_call_threadsafe_function(handle, nil, napi_tsfn_nonblocking) }
        }
    }

    /// Sets whether this function keeps Node alive (`napi_ref_threadsafe_function`). On the environment's thread.
    ///
    /// - Throws: `NodeError` of the C function.
    public func setRef(_ isRef: Bool, _ node: borrowing Node) throws(NodeError) {
        if isRef {
            try unsafe NodeError.check(napi_ref_threadsafe_function(node.env, handle), "napi_ref_threadsafe_function")
        } else {
            try unsafe NodeError.check(
                napi_unref_threadsafe_function(node.env, handle), "napi_unref_threadsafe_function")
        }
    }

    /// Closes the function: the body is not called any more. On the environment's thread, in its cleanup hook.
    public func close() {
        isClosed.locked { isClosed in
            if !isClosed { _ = unsafe napi_release_threadsafe_function(handle, napi_tsfn_abort) }
            isClosed = true
        }
    }
}
