import CNodeAPI

/// A JavaScript value kept alive beyond the call that it came with.
///
/// Made and opened with a token, so on its environment's thread only; given back when the environment ends.
/// `@safe` because the handle is valid as long as the environment, and is only opened with its token.
@safe public struct NodeReference {
    private let raw: napi_ref

    /// Keeps a value (`napi_create_reference`).
    public init(_ value: NodeValue, _ node: borrowing Node) throws(NodeError) {
        var reference: napi_ref?
        try unsafe NodeError.check(napi_create_reference(node.env, value.raw, 1, &reference), "napi_create_reference")
        unsafe raw = reference!
    }

    /// The value (`napi_get_reference_value`).
    @inline(__always)
    public func value(_ node: borrowing Node) throws(NodeError) -> NodeValue {
        var value: napi_value?
        try unsafe NodeError.check(napi_get_reference_value(node.env, raw, &value), "napi_get_reference_value")
        return unsafe NodeValue(value!)
    }
}
