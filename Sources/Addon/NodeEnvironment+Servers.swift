import ASGIHost
import HTTP1
import NativeServer
import NodeAPI
import Synchronization

/// The native functions for native HTTP servers.
extension NodeEnvironment {
    private static let lastNumber = Atomic<Int>(0)

    func addServers(to native: NodeValue, _ node: borrowing Node) throws(NodeError) {
        try unsafe add("serverListen", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.listen(arguments[0], node)
            }
        }
        try unsafe add("serverClose", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                let (number, mode) = try (node.uint32(arguments[0]), node.uint32(arguments[1]))
                environment.servers[Int(number)]?.close(NativeServer.Closing(rawValue: Int(mode)) ?? .now)
                return nil
            }
        }
        try unsafe add("serverDrain", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                let (number, idle) = try (node.uint32(arguments[0]), node.uint32(arguments[1]))
                environment.servers[Int(number)]?.drain(idle: Int(idle))
                return nil
            }
        }
        try unsafe add("socketOpen", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.openSocket(arguments[0], node)
            }
        }
        try unsafe add("serverStats", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                let counts = environment.servers[Int(try node.uint32(arguments[0]))]?.counts() ?? ServerCounts()
                let made = try node.object()
                try node.set("connections", of: made, to: try node.number(Double(counts.connections)))
                try node.set("requests", of: made, to: try node.number(Double(counts.requests)))
                try node.set("files", of: made, to: try node.number(Double(counts.files)))
                try node.set("handedOver", of: made, to: try node.number(Double(counts.handedOver)))
                try node.set("refused", of: made, to: try node.number(Double(counts.refused)))
                try node.set("inFlight", of: made, to: try node.number(Double(counts.inFlight)))
                try node.set("errors", of: made, to: try node.number(Double(counts.errors)))
                try node.set("disconnects", of: made, to: try node.number(Double(counts.disconnects)))
                try node.set("bytesIn", of: made, to: try node.number(Double(counts.bytesIn)))
                try node.set("bytesOut", of: made, to: try node.number(Double(counts.bytesOut)))
                return made
            }
        }
        try unsafe add("serverMetrics", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try node.string(environment.servers[Int(try node.uint32(arguments[0]))]?.metrics() ?? "")
            }
        }
        try unsafe add("serverLines", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.takeLines(of: Int(try node.uint32(arguments[0])), node)
            }
        }
        try unsafe add("serverObserve", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                let isObserved = try node.bool(arguments[1])
                environment.servers[Int(try node.uint32(arguments[0]))]?.isObserved = isObserved
                return nil
            }
        }
        try unsafe add("serverAnswered", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                environment.servers[Int(try node.uint32(arguments[0]))]?.answered(1)
                return nil
            }
        }
        try addOccupancies(to: native, node)
        try unsafe add("serverTake", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, _ throws(NodeError) in
                try node.number(Double(environment.servers.take()))
            }
        }
        try unsafe add("serverEvents", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                try environment.servers.receive(arguments[0], node)
                return nil
            }
        }
    }

    /// Functions that count the requests of JavaScript together with those of native servers.
    private func addOccupancies(to native: NodeValue, _ node: borrowing Node) throws(NodeError) {
        try unsafe add("occupy", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                let count = Int(try node.uint32(arguments[1]))
                environment.occupancies[Int(try node.uint32(arguments[0]))] = Occupancy(count)
                return nil
            }
        }
        try unsafe add("enter", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                let (number, limit) = try (node.uint32(arguments[0]), node.double(arguments[1]))
                return try node.bool(environment.occupancies[Int(number)]?.enter(limit: Int(limit)) ?? true)
            }
        }
        try unsafe add("leave", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                environment.occupancies[Int(try node.uint32(arguments[0]))]?.leave()
                return nil
            }
        }
        try unsafe add("forget", to: native, node) { env, info in
            unsafe Node.call(env, info, with: NodeEnvironment.self) { node, environment, arguments throws(NodeError) in
                environment.occupancies[Int(try node.uint32(arguments[0]))] = nil
                return nil
            }
        }
    }

    /// `serverListen(options)`: starts a server. Blocks until it listens.
    ///
    /// - Returns: `{ id, address, port }`, or `{ code, errno, syscall }` of the system's error.
    private func listen(_ given: NodeValue, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        let made = try node.object()
        let options = try options(given, node)
        switch listening(options) {
        case .success(let server):
            let address = server.address ?? ("", 0)
            try node.set("id", of: made, to: try node.number(Double(server.number)))
            try node.set("address", of: made, to: try node.string(address.host))
            try node.set("port", of: made, to: try node.number(Double(address.port)))
        case .failure(let error): try describe(error, in: made, node)
        }
        return made
    }

    /// `socketOpen({ host, port, path, fd, backlog, reusePort })`: opens a listening socket for other processes.
    ///
    /// - Returns: `{ fd, address, port }`, or `{ code, errno, syscall }` of the system's error.
    private func openSocket(_ given: NodeValue, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        let made = try node.object()
        let (place, backlog) = (try place(given, node), try number("backlog", of: given, node))
        let reusesPort = try node.bool(try node.property("reusePort", of: given))
        let socket: ListeningSocket
        do throws(ServerError) {
            socket = try ListeningSocket(place, backlog: backlog, reusesPort: reusesPort)
        } catch {
            try describe(error, in: made, node)
            return made
        }
        try node.set("fd", of: made, to: try node.number(Double(socket.descriptor)))
        try node.set("address", of: made, to: try node.string(socket.address.host))
        try node.set("port", of: made, to: try node.number(Double(socket.address.port)))
        return made
    }

    private func describe(_ error: ServerError, in made: NodeValue, _ node: borrowing Node) throws(NodeError) {
        try node.set("code", of: made, to: try node.string(error.code))
        try node.set("errno", of: made, to: try node.number(Double(error.number)))
        try node.set("syscall", of: made, to: try node.string(error.call))
    }

    private func listening(_ options: ServerOptions) -> Result<NativeServer, ServerError> {
        let hosts = channels.compactMap { $0.host }
        guard !hosts.isEmpty else { return .failure(ServerError(code: "ENOTCONN", number: 0, call: "listen")) }
        let number = NodeEnvironment.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        do throws(ServerError) {
            let server = try NativeServer.listen(options, number: number, on: hosts, observer: servers)
            servers.add(server)
            return .success(server)
        } catch {
            return .failure(error)
        }
    }

    private func options(_ given: NodeValue, _ node: borrowing Node) throws(NodeError) -> ServerOptions {
        var options = ServerOptions()
        options.application = try number("application", of: given, node)
        options.place = try place(given, node)
        options.backlog = try number("backlog", of: given, node)
        options.reusesPort = try node.bool(try node.property("reusePort", of: given))
        options.threads = try number("ioThreads", of: given, node)
        options.headersTimeout = try number("headersTimeout", of: given, node)
        options.requestTimeout = try number("requestTimeout", of: given, node)
        options.keepAliveTimeout = try number("keepAliveTimeout", of: given, node)
        options.responseTimeout = try number("responseTimeout", of: given, node)
        options.writeTimeout = try number("writeTimeout", of: given, node)
        options.maxConnections = try number("maxConnections", of: given, node)
        options.maxInFlight = try number("maxInFlight", of: given, node)
        options.occupancy = occupancies[options.application]
        options.maxRequests = try number("maxRequests", of: given, node)
        let methods = try texts("methods", of: given, node)
        if !methods.isEmpty {
            options.metrics = RequestMetrics.Bounds(
                methods: methods.map { Array($0.utf8) }, nanoseconds: try numbers("nanoseconds", of: given, node),
                bytes: try numbers("bytes", of: given, node))
        }
        options.accessLog = try accessLog(of: given, node)
        options.forwarded = Forwarded(try texts("forwardedAllowIps", of: given, node))
        options.highWaterMark = try number("highWaterMark", of: given, node)
        options.limits = RequestLimits(
            head: try number("maxHeaderSize", of: given, node), fields: try number("maxHeadersCount", of: given, node),
            body: try number("maxRequestBody", of: given, node))
        options.healthPath = Array(try text("healthPath", of: given, node).utf8)
        options.paths = try texts("paths", of: given, node).map { Array($0.utf8) }
        options.otherPaths = try texts("otherPaths", of: given, node).map { Array($0.utf8) }
        options.repeatsHeaders = try node.bool(try node.property("repeatsHeaders", of: given))
        options.hasListener = try node.bool(try node.property("hasListener", of: given))
        options.exposesErrors = try node.bool(try node.property("exposeErrors", of: given))
        options.hasDate = try node.bool(try node.property("dateHeader", of: given))
        let headers = try texts("headers", of: given, node)
        for index in stride(from: 0, to: headers.count - 1, by: 2) {
            let name = Array(headers[index].lowercased().utf8)
            options.headers.append(
                (name, headers[index + 1].unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }))
        }
        return options
    }

    /// The format given by `accessLog`, `isColored` and `statusTexts`, which alternates statuses and phrases; `nil` for
    /// no log.
    private func accessLog(of given: NodeValue, _ node: borrowing Node) throws(NodeError) -> AccessLogFormat? {
        let style: AccessLogFormat.Style
        switch try text("accessLog", of: given, node) {
        case "text": style = .text(isColored: try node.bool(try node.property("isColored", of: given)))
        case "json": style = .json
        default: return nil
        }
        let texts = try texts("statusTexts", of: given, node)
        let phrases = stride(from: 0, to: texts.count - 1, by: 2).map { (Int(texts[$0]) ?? 0, texts[$0 + 1]) }
        return AccessLogFormat(style, phrases: phrases)
    }

    /// `serverLines(number)`: takes lines of the access log.
    ///
    /// - Returns: `{ lines, leftOut }`; `nil` if there are none.
    private func takeLines(of number: Int, _ node: borrowing Node) throws(NodeError) -> NodeValue? {
        var lines = OctetBuffer()
        let leftOut = servers[number]?.takeLines(into: &lines) ?? 0
        if lines.count == 0 { return nil }
        let made = try node.object()
        try node.set("lines", of: made, to: try unsafe node.buffer(copying: lines.octets))
        try node.set("leftOut", of: made, to: try node.number(Double(leftOut)))
        return made
    }

    private func place(_ given: NodeValue, _ node: borrowing Node) throws(NodeError) -> ServerOptions.Place {
        let (path, descriptor) = (try text("path", of: given, node), try number("fd", of: given, node))
        if descriptor >= 0 { return .descriptor(Int32(descriptor)) }
        if !path.isEmpty { return .path(path) }
        return .address(host: try text("host", of: given, node), port: try number("port", of: given, node))
    }

    private func number(_ name: String, of object: NodeValue, _ node: borrowing Node) throws(NodeError) -> Int {
        Int(try node.double(try node.property(name, of: object)))
    }

    private func numbers(_ name: String, of given: NodeValue, _ node: borrowing Node) throws(NodeError) -> [Int] {
        let array = try node.property(name, of: given)
        var numbers: [Int] = []
        for index in 0..<(try node.length(ofArray: array)) {
            numbers.append(Int(try node.double(try node.element(index, of: array))))
        }
        return numbers
    }

    private func texts(_ name: String, of given: NodeValue, _ node: borrowing Node) throws(NodeError) -> [String] {
        let array = try node.property(name, of: given)
        var texts: [String] = []
        for index in 0..<(try node.length(ofArray: array)) {
            texts.append(try node.string(try node.element(index, of: array)))
        }
        return texts
    }
}
