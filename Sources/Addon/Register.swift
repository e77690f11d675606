import CPlatform
public import NodeAPI

/// The addon's entry point. Node calls it for each environment that loads the file (the process' first one, each
/// worker), and again if it was deleted from `require.cache`.
///
/// - Returns: the environment's exports, `{ PythonHandler, core }`, always the same object; `nil` with an exception
///   pending if they cannot be made.
@_cdecl("napi_register_module_v1")
public func registerModule(_ env: NodeEnvironmentHandle?, _ exports: NodeHandle?) -> NodeHandle? {
    let functions = unsafe Node.functions
    for index in unsafe functions.indices { unsafe cplatform_host_program(functions[index]) }
    return unsafe Node.enter(env) { node throws(NodeError) in
        try NodeEnvironment.exports(node)
    }
}
