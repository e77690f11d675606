import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Builds the scopes of HTTP and WebSocket: a copy of the application's template with the values that differ (ASGI,
/// "HTTP Connection Scope", "WebSocket Connection Scope").
struct ScopeBuilder: ~Copyable {
    private let names: Names
    private let bootstrap: Bootstrap

    init(names: Names, bootstrap: Bootstrap) {
        self.names = names
        self.bootstrap = bootstrap
    }

    /// Builds the scope of a request.
    ///
    /// - Parameters:
    ///   - flags: the flags of the request.
    ///   - head: its head, without a `problem`.
    func build(
        _ application: Application, flags: Command.Flags, _ head: RequestShape, clientPort: UInt32, serverPort: UInt32,
        _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let method = unsafe head[Command.Field.method]
        let headers = try head.list(py)

        let isWebSocket = flags.contains(.webSocket)
        let scope = try application.newScope(isWebSocket: isWebSocket, py)
        try scope.set(names.headers, headers, py)
        if isWebSocket {
            try scope.set(names.subprotocols, try bootstrap.call("subprotocols", headers, py), py)
        } else if unsafe !method.elementsEqual("GET") {
            try unsafe scope.set(names.method, try names.methodObject(method, py), py)
        }
        try setTarget(of: head, of: application, scope, py)
        if flags.contains(.secure) {
            try scope.set(names.scheme, isWebSocket ? names.wss : names.https, py)
        }
        if flags.contains(.http2) {
            try scope.set(names.httpVersion, names.http2, py)
        } else if flags.contains(.http10) {
            try scope.set(names.httpVersion, names.http10, py)
        }
        // Without addresses the template's values remain.
        try unsafe setAddress(names.client, head[Command.Field.clientHost], clientPort, scope, py)
        try unsafe setAddress(names.server, head[Command.Field.serverHost], serverPort, scope, py)
        // New objects, because a request may change them, and the next one must not see that.
        let asgi = try application.newASGI(isWebSocket: isWebSocket, py)
        try scope.set(names.asgi, asgi, py)
        let extensions = try application.newExtensions(flags, py)
        let tls = unsafe head[Command.Field.tls]
        if tls.count > 0 {
            let description = try unsafe PyOwned.string(latin1: tls, py)
            if flags.contains(.keys) {
                _ = try bootstrap.object("add_keys", py).call(scope, extensions, description, py)
            } else {
                try extensions.set(names.tls, try bootstrap.call("tls", description, py), py)
            }
        }
        try scope.set(names.extensions, extensions, py)
        return scope
    }

    // MARK: - Path, query, root path

    private func setTarget(
        of head: RequestShape, of application: Application, _ scope: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) {
        let rootPath = unsafe head[Command.Field.rootPath]
        guard application.rootPath.isEmpty, rootPath.count == 0 else {
            let target = try unsafe target(of: head, below: rootPath, of: application, scope, py)
            return try set(target, scope, py)
        }
        try head.withTarget { () throws(PyError) in
            let (path, query) = unsafe ScopeBuilder.split(head[Command.Field.target])
            return try unsafe ScopeBuilder.target(path, query, py)
        } _: { target throws(PyError) in
            try set(target, scope, py)
        }
    }

    @inline(__always)
    private func set(
        _ target: borrowing RequestShape.Target, _ scope: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) {
        try scope.set(names.path, target.path, py)
        try scope.set(names.rawPath, target.rawPath, py)
        if let query = target.query.ref { try scope.set(names.queryString, query, py) }
    }

    private static func split(
        _ target: UnsafeRawBufferPointer
    ) -> (path: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer) {
        guard let start = target.baseAddress, let mark = unsafe memchr(start, 0x3f, target.count) else {
            return unsafe (target, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let length = unsafe UnsafeRawPointer(mark) - start
        return unsafe (
            UnsafeRawBufferPointer(rebasing: target[..<length]),
            UnsafeRawBufferPointer(rebasing: target[(length + 1)...])
        )
    }

    /// The objects for the path as it was sent, and the query.
    private static func target(
        _ path: UnsafeRawBufferPointer, _ query: UnsafeRawBufferPointer, _ py: borrowing Python
    ) throws(PyError) -> RequestShape.Target {
        let rawPath = try unsafe PyOwned.bytes(path, py)
        let decoded = try unsafe PercentDecoding.string(path, py)
        let text = unsafe query.count > 0 ? try PyOwned.bytes(query, py) : nil
        return RequestShape.Target(path: decoded, rawPath: rawPath, query: text)
    }

    /// Sets `root_path`, and returns a target whose path begins with it, even if the caller has removed it (ASGI,
    /// "root_path").
    ///
    /// - Parameter rootPath: the request's own root path, which follows the application's.
    private func target(
        of head: RequestShape, below rootPath: UnsafeRawBufferPointer, of application: Application,
        _ scope: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> RequestShape.Target {
        let (path, query) = unsafe ScopeBuilder.split(head[Command.Field.target])
        let root = unsafe Array(application.rootPath.utf8) + Array(rootPath)
        try unsafe root.withUnsafeBufferPointer { bytes throws(PyError) in
            try unsafe scope.set(names.rootPath, try PercentDecoding.string(UnsafeRawBufferPointer(bytes), py), py)
        }
        let hasPrefix =
            unsafe path.starts(with: root) && (path.count == root.count || path[root.count] == UInt8(ascii: "/"))
        if hasPrefix { return try unsafe ScopeBuilder.target(path, query, py) }
        var whole = RawBuffer<UInt8>(capacity: root.count + path.count)
        for octet in unsafe root + Array(path) { whole.append(octet) }
        defer { whole.shrink(to: 0) }
        return try unsafe ScopeBuilder.target(whole.bytes, query, py)
    }

    // MARK: - Addresses

    private func setAddress(
        _ key: borrowing some PyAny, _ host: UnsafeRawBufferPointer, _ port: UInt32, _ scope: borrowing some PyAny,
        _ py: borrowing Python
    ) throws(PyError) {
        guard host.count > 0 else { return }
        let number = port == Command.noPort ? py.none.owned(py) : try PyOwned.int(Int(port), py)
        try unsafe scope.set(key, try PyOwned.pair(try PyOwned.string(utf8: host, py), number, py), py)
    }
}
