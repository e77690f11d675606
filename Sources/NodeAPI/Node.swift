public import CNodeAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The environment that a C callback of Node-API receives.
public typealias NodeEnvironmentHandle = napi_env

/// A JavaScript value as C callbacks receive and return it.
public typealias NodeHandle = napi_value

/// A C function that JavaScript calls; see `Node.call`.
public typealias NodeCallback = napi_callback

/// The proof that the current thread is a JavaScript thread inside a call from Node.
///
/// It can neither be stored, nor captured by an escaping closure, nor sent to another thread. A function that takes one
/// is therefore only called where JavaScript values may be used. `@safe` because only callbacks of Node-API create it,
/// and it cannot outlive them.
@safe public struct Node: ~Copyable, ~Escapable {
    /// The environment, for C functions.
    public let env: napi_env

    @_lifetime(immortal)
    @inline(__always) init(_ env: napi_env) { unsafe self.env = unsafe env }

    /// The environment's event loop (`napi_get_uv_event_loop`), shared by all addons.
    ///
    /// - Throws: `NodeError` of `napi_get_uv_event_loop`.
    public func eventLoop() throws(NodeError) -> UnsafeMutablePointer<uv_loop_t> {
        var loop: UnsafeMutablePointer<uv_loop_t>?
        try unsafe NodeError.check(napi_get_uv_event_loop(env, &loop), "napi_get_uv_event_loop")
        return unsafe loop!
    }

    /// The addresses of a function of Node and of one of libuv, which may be in a library of its own; empty without
    /// Node.
    ///
    /// Looked up by name, because a direct reference would have to be resolved when the file is loaded, and tests run
    /// without Node.
    public static var functions: [UnsafeRawPointer] {
        #if canImport(Darwin)
            let all = unsafe UnsafeMutableRawPointer(bitPattern: -2)
        #else
            let all: UnsafeMutableRawPointer? = nil
        #endif
        let names: [String] = ["napi_create_object", "uv_run"]
        return unsafe names.compactMap { name in unsafe dlsym(all, name).map { UnsafeRawPointer($0) } }
    }

    /// Runs `body` inside a callback that Node has called; an error that it throws becomes a JavaScript exception.
    ///
    /// Sound if Node-API itself has called the callback with this environment: then this is the environment's thread,
    /// and a handle scope is open.
    /// - Returns: the callback's result; `nil` for `undefined`, or if an exception is pending.
    public static func enter(
        _ env: napi_env?, _ body: (borrowing Node) throws(NodeError) -> NodeValue?
    ) -> napi_value? {
        guard let env = unsafe env else { return nil }
        let node = unsafe Node(env)
        do throws(NodeError) {
            return try unsafe body(node)?.raw
        } catch {
            error.raise(node)
            return nil
        }
    }

    /// Runs `body` inside a JavaScript function, with its arguments and the object that the function was made with.
    @inline(__always)
    public static func call<Object: AnyObject>(
        _ env: napi_env?, _ info: napi_callback_info?, with type: Object.Type,
        _ body: (borrowing Node, Object, Arguments) throws(NodeError) -> NodeValue?
    ) -> napi_value? {
        unsafe enter(env) { node throws(NodeError) in
            var arguments = Arguments()
            var data: UnsafeMutableRawPointer?
            try unsafe arguments.read(node, info, &data)
            // Sound because functions are only made by `function(_:_:_:)`, and with an object of this class.
            let object = unsafe Unmanaged<Object>.fromOpaque(data!).takeUnretainedValue()
            return try body(node, object, arguments)
        }
    }

    /// Up to four arguments of a call.
    ///
    /// `@safe` because they are handles of the call that they belong to.
    @safe public struct Arguments {
        private var values: (napi_value?, napi_value?, napi_value?, napi_value?) = (nil, nil, nil, nil)
        /// How many arguments were passed.
        public private(set) var count = 0

        fileprivate mutating func read(
            _ node: borrowing Node, _ info: napi_callback_info?, _ data: inout UnsafeMutableRawPointer?
        ) throws(NodeError) {
            count = 4
            let status = unsafe withUnsafeMutableBytes(of: &values) { bytes in
                let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: napi_value?.self)
                return unsafe napi_get_cb_info(node.env, info, &count, start, nil, &data)
            }
            try NodeError.check(status, "napi_get_cb_info")
        }

        /// An argument; `undefined` if it was not passed.
        public subscript(index: Int) -> NodeValue {
            let value =
                switch index {
                case 0: unsafe values.0
                case 1: unsafe values.1
                case 2: unsafe values.2
                default: unsafe values.3
                }
            return unsafe NodeValue(value!)
        }
    }
}

/// A JavaScript value in the current handle scope.
///
/// Not `Sendable`, and valid only during the call; `NodeReference` keeps a value longer. `@safe` because creating one
/// is unsafe, and using one takes a token.
@safe public struct NodeValue {
    /// The handle, for C functions.
    public let raw: napi_value

    /// Wraps a handle that a C function has returned.
    @inline(__always)
    public init(_ raw: napi_value) { unsafe self.raw = unsafe raw }
}

@available(*, unavailable)
extension NodeValue: Sendable {}
