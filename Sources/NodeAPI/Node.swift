public import CNodeAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a C function of Node's gets of the environment that it is called in.
public typealias NodeEnvironmentHandle = napi_env

/// A JavaScript value as C functions take and return it.
public typealias NodeHandle = napi_value

/// A C function that JavaScript calls: see `Node.call`.
public typealias NodeCallback = napi_callback

/// The proof that the current thread is a JavaScript thread inside a call: its Node-API environment.
///
/// It cannot be stored, captured by an escaping closure or taken to another thread, so a function that takes one is
/// called only where JavaScript values may be touched.
/// `@safe` because only a callback of Node-API makes one, and it cannot leave it.
@safe public struct Node: ~Copyable, ~Escapable {
    /// The environment, for the C functions.
    public let env: napi_env

    @_lifetime(immortal)
    @inline(__always) init(_ env: napi_env) { unsafe self.env = unsafe env }

    /// The environment's event loop (`napi_get_uv_event_loop`), one for all addons that it has loaded.
    public func eventLoop() throws(NodeError) -> UnsafeMutablePointer<uv_loop_t> {
        var loop: UnsafeMutablePointer<uv_loop_t>?
        try unsafe NodeError.check(napi_get_uv_event_loop(env, &loop), "napi_get_uv_event_loop")
        return unsafe loop!
    }

    /// A function of Node's, and one of libuv's, which may be in a library of its own; none where no Node is around.
    ///
    /// Looked up: an address that is taken has to be there when the file is loaded, and tests have no Node.
    public static var functions: [UnsafeRawPointer] {
        #if canImport(Darwin)
            let all = unsafe UnsafeMutableRawPointer(bitPattern: -2)
        #else
            let all: UnsafeMutableRawPointer? = nil
        #endif
        let names: [String] = ["napi_create_object", "uv_run"]
        return unsafe names.compactMap { name in unsafe dlsym(all, name).map { UnsafeRawPointer($0) } }
    }

    /// Runs `body` in a callback that Node has called with `env`; what is thrown becomes a JavaScript exception.
    ///
    /// Sound wherever Node-API itself calls with this environment: it calls on the environment's thread, in a handle
    /// scope.
    /// - Returns: the callback's result; `nil` with an exception pending, or for `undefined`.
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

    /// Runs `body` with the arguments of a call and the object that the function was made with.
    @inline(__always)
    public static func call<Object: AnyObject>(
        _ env: napi_env?, _ info: napi_callback_info?, with type: Object.Type,
        _ body: (borrowing Node, Object, Arguments) throws(NodeError) -> NodeValue?
    ) -> napi_value? {
        unsafe enter(env) { node throws(NodeError) in
            var arguments = Arguments()
            var data: UnsafeMutableRawPointer?
            try unsafe arguments.read(node, info, &data)
            // Sound because functions are made by `function(_:_:_:)` only, with an object of this class.
            let object = unsafe Unmanaged<Object>.fromOpaque(data!).takeUnretainedValue()
            return try body(node, object, arguments)
        }
    }

    /// Up to four arguments of a call.
    ///
    /// `@safe` because they are handles of the call that they came with.
    @safe public struct Arguments {
        private var values: (napi_value?, napi_value?, napi_value?, napi_value?) = (nil, nil, nil, nil)
        /// How many were given.
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

        /// An argument; `undefined` where none was given (Node fills them up).
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
/// Not `Sendable`, and not to be kept after the call that it came with: then use `NodeReference`.
/// `@safe` because to make one is unsafe; it is used with a token only.
@safe public struct NodeValue {
    /// The handle, for the C functions.
    public let raw: napi_value

    /// Takes a handle that a C function has returned.
    @inline(__always)
    public init(_ raw: napi_value) { unsafe self.raw = unsafe raw }
}

@available(*, unavailable)
extension NodeValue: Sendable {}
