import CNodeAPI
import Locks
import Synchronization

/// The way to a JavaScript thread from any other: Node-API's thread-safe function, without arguments.
///
/// It does not keep Node alive unless `hold` says so. A raw `uv_async_t` would abort the exit of a worker thread.
/// `@unchecked` because the handle may be called from any thread until `close`, and is never used after it: that is
/// what the lock is for.
/// `@safe` for the same reason.
@safe public final class WakeFunction: @unchecked Sendable {
    private let handle: napi_threadsafe_function
    private let isClosed = Mutex(false)

    /// Makes the function.
    ///
    /// - Parameters:
    ///   - object: given to `body`; kept alive by the caller for as long as the environment lives.
    ///   - body: called on the JavaScript thread, once or more after each `wake`.
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

    /// Has the body called soon. Any thread; nothing happens once it is closed.
    public func wake() {
        isClosed.locked { isClosed in
            // The queue is unbounded and the function is open: the call cannot fail.
            if !isClosed { _ = unsafe napi_call_threadsafe_function(handle, nil, napi_tsfn_nonblocking) }
        }
    }

    /// Whether Node stays alive while nothing else keeps it. The environment's thread.
    public func hold(_ isHeld: Bool, _ node: borrowing Node) throws(NodeError) {
        if isHeld {
            try unsafe NodeError.check(napi_ref_threadsafe_function(node.env, handle), "napi_ref_threadsafe_function")
        } else {
            try unsafe NodeError.check(
                napi_unref_threadsafe_function(node.env, handle), "napi_unref_threadsafe_function")
        }
    }

    /// No call from now on. The environment's thread, in its cleanup hook.
    public func close() {
        isClosed.locked { isClosed in
            if !isClosed { _ = unsafe napi_release_threadsafe_function(handle, napi_tsfn_abort) }
            isClosed = true
        }
    }
}
