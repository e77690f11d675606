import ASGIHost
import Mailbox
import NodeAPI

/// Loading applications, and counting what is alive.
extension NodeEnvironment {
    /// `load(specification)`: imports an application. Blocks until that is done.
    ///
    /// - Returns: the application's number, or a JSON text with the error.
    func load(_ given: NodeValue, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        var requirements = HostRegistry.Requirements()
        requirements.python = try text("python", of: given, node)
        requirements.loop = try text("loop", of: given, node)
        requirements.thread = try text("thread", of: given, node)
        requirements.docroot = try text("docroot", of: given, node)
        let loops = Int(try node.double(try node.property("loops", of: given)))
        requirements.loops = loops < 0 ? nil : loops
        for name in ["PYTHON_NODE_LOOPS", "PYTHON_NODE_PYTHON", "PYTHON_NODE_THREAD", "VIRTUAL_ENV", "PATH"] {
            requirements.variables[name] = try text(name, of: given, node)
        }
        var specification = ApplicationSpecification()
        specification.file = try text("file", of: given, node)
        specification.attribute = try text("attribute", of: given, node)
        specification.docroot = requirements.docroot
        specification.rootPath = try text("rootPath", of: given, node)
        specification.interface = try text("interface", of: given, node)
        specification.isFactory = try node.bool(try node.property("factory", of: given))
        specification.exposesErrors = try node.bool(try node.property("exposeErrors", of: given))
        specification.logging = try text("logging", of: given, node)
        specification.lifespan = try text("lifespan", of: given, node)
        specification.lifespanScope = try text("lifespanScope", of: given, node)
        specification.lifespanTimeout = Int(try node.double(try node.property("lifespanTimeout", of: given)))
        specification.highWaterMark = Int(try node.double(try node.property("highWaterMark", of: given)))
        specification.scope = try text("scope", of: given, node)
        switch try loaded(specification, requirements, node) {
        case .loaded(let number): return try node.number(Double(number))
        case .failed(let json): return try node.string(json)
        }
    }

    func text(
        _ name: String, of object: NodeValue, _ node: borrowing Node
    ) throws(NodeError) -> String {
        try node.string(try node.property(name, of: object))
    }

    private func loaded(
        _ specification: ApplicationSpecification, _ requirements: HostRegistry.Requirements, _ node: borrowing Node
    ) throws(NodeError) -> LoadResult {
        let hosts: [Host]
        do throws(HostError) {
            hosts = try HostRegistry.hosts(requirements)
        } catch {
            return .failed(error.json)
        }
        if channels[0].channel == nil { try join(hosts[0], node) }
        while channels.count < hosts.count {
            let native = try node.object()
            try addChannel(to: native, node).attach(to: hosts[channels.count - 1])
            furtherChannels.append(try NodeReference(native, node))
        }
        return Host.load(specification, on: hosts, for: channels.compactMap { $0.channel })
    }

    /// Connects the first channel with the process' first event loop.
    private func join(_ host: Host, _ node: borrowing Node) throws(NodeError) {
        if let guest = host.guest, guest.isOnCurrentThread {
            driver = unsafe try UVLoopDriver(guest, self, counting: channels[0].memory.turns, node)
            client.isLocal = true
        }
        channels[0].attach(to: host)
        poller = try AnswerPoller(self, node)
    }

    /// `live(milliseconds)`: counts live objects. Blocks at most this long if the event loop is busy.
    ///
    /// - Returns: `{ blocks, applications, exchanges, borrowedBuffers }`; only `blocks` after a timeout.
    func live(milliseconds: Int, _ node: borrowing Node) throws(NodeError) -> NodeValue {
        let counts = try node.object()
        var (applications, exchanges, borrowedBuffers) = (0, 0, 0)
        let isCounted = channels.compactMap { $0.host }.allSatisfy { host in
            guard let found = host.liveCounts(milliseconds: milliseconds) else { return false }
            applications += found.applications
            exchanges += found.exchanges
            borrowedBuffers += found.borrowedBuffers
            return true
        }
        // Last: counting the others frees Python objects that hold blocks.
        try node.set("blocks", of: counts, to: try node.number(Double(BlockPool.live)))
        guard isCounted else { return counts }
        try node.set("applications", of: counts, to: try node.number(Double(applications)))
        try node.set("exchanges", of: counts, to: try node.number(Double(exchanges)))
        try node.set("borrowedBuffers", of: counts, to: try node.number(Double(borrowedBuffers)))
        return counts
    }
}
