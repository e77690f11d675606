import CNodeAPI

/// A JavaScript value that stays alive after the call.
///
/// Created and read with a token, so only on its environment's thread. Node releases it when the environment ends.
/// `@safe` because the handle is valid as long as the environment, and is only used with its token.
@safe public struct NodeReference {
    private let raw: napi_ref

    /// Keeps a value alive (`napi_create_reference`).
    ///
    /// - Throws: `NodeError` of `napi_create_reference`.
    public init(_ value: NodeValue, _ node: borrowing Node) throws(NodeError) {
        var reference: napi_ref?
        try unsafe NodeError.check(napi_create_reference(node.env, value.raw, 1, &reference), "napi_create_reference")
        unsafe raw = reference!
    }

    /// The value (`napi_get_reference_value`).
    ///
    /// - Throws: `NodeError` of `napi_get_reference_value`.
    @inline(__always)
    public func value(_ node: borrowing Node) throws(NodeError) -> NodeValue {
        var value: napi_value?
        try unsafe NodeError.check(napi_get_reference_value(node.env, raw, &value), "napi_get_reference_value")
        return unsafe NodeValue(value!)
    }
}
