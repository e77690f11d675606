import CNodeAPI

/// A Node-API function has returned a status other than `napi_ok`.
public struct NodeError: Error {
    /// The function's name.
    public let function: StaticString
    /// The `napi_status`, or a status of libuv.
    public let status: UInt32

    /// Throws unless the status is `napi_ok`.
    @inline(__always)
    public static func check(_ status: napi_status, _ function: StaticString) throws(NodeError) {
        if status != napi_ok { throw NodeError(function: function, status: status.rawValue) }
    }

    /// Makes the error the pending JavaScript exception, unless one is pending already, which says more.
    func raise(_ node: borrowing Node) {
        var isPending = false
        if unsafe napi_is_exception_pending(node.env, &isPending) == napi_ok, isPending { return }
        // If throwing fails too, the environment is closing and nothing can be done.
        _ = unsafe napi_throw_error(node.env, "ERR_ASGI_INTERNAL", "\(function) returned status \(status)")
    }
}
