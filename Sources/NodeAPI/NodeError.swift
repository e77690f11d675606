import CNodeAPI

/// A Node-API function has not returned `napi_ok`.
public struct NodeError: Error {
    /// The function's name.
    public let function: StaticString
    /// The `napi_status`.
    public let status: UInt32

    /// Throws unless the status is `napi_ok`.
    @inline(__always)
    public static func check(_ status: napi_status, _ function: StaticString) throws(NodeError) {
        if status != napi_ok { throw NodeError(function: function, status: status.rawValue) }
    }

    /// Makes it the pending JavaScript exception, unless there is one already, which then says more.
    func raise(_ node: borrowing Node) {
        var isPending = false
        if unsafe napi_is_exception_pending(node.env, &isPending) == napi_ok, isPending { return }
        // Nothing can be done where throwing fails too: the environment is closing.
        _ = unsafe napi_throw_error(node.env, "ERR_ASGI_INTERNAL", "\(function) returned status \(status)")
    }
}
