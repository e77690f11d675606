public import CNodeAPI
import CPlatform
import NodeAPI

/// The addon's entry: Node calls it once for each environment that loads the file (the process' first, each worker).
///
/// - Returns: the exports, `{ PythonHandler, core }`; `nil` with an exception pending when they cannot be made.
@_cdecl("napi_register_module_v1")
public func registerModule(_ env: napi_env?, _ exports: napi_value?) -> napi_value? {
    for function in [cnodeapi_node(), cnodeapi_libuv()] { cplatform_host_program(function) }
    return Node.enter(env) { node throws(NodeError) in
        try Environment.make(node).exports(node)
    }
}
