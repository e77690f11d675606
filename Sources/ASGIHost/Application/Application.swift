import Mailbox
import PythonAPI

/// One loaded application: what to call, what its scopes have in common, and where its lifespan stands.
final class Application {
    /// Whether requests may run.
    enum Phase {
        /// Requests wait: startup is not complete.
        case starting
        case serving
        /// JSON of why it does not serve.
        case failed(String)
        case closed
    }

    /// The `extensions` of scopes whose requests have the same abilities.
    private struct Extensions: ~Copyable {
        let abilities: Command.Flags
        let object: PyOwned
    }

    let number: Int
    let callable: PyOwned
    let template: PyOwned
    let asgi: PyOwned
    let rootPath: String
    let highWaterMark: Int
    let specification: ApplicationSpecification
    /// The channel whose client has loaded it, whose end is its own; `nil` for one that stays.
    let owner: Host.Channel?
    unowned let context: LoopContext
    private var socketTemplate, socketASGI: PyOwned?
    /// What calls plain functions; made when the first one is called.
    private var functions: FunctionCalls?
    private var knownExtensions = OwnedArray<Extensions>()
    /// The index of the extensions that were used last: most requests come through one channel.
    private var lastExtensions = 0
    var phase = Phase.starting
    var lifespan: Lifespan?
    var waiting: [any Exchange] = []
    /// Exchanges that have not returned.
    var live = 0
    /// Somebody wants it closed.
    var isClosing = false
    /// Lifespan's shutdown has begun.
    var isShuttingDown = false
    /// The time for startup, then the one for exchanges that go on when it is to close.
    var timer = LoopTimer()
    /// The host whose loop has the lifespan's next turn: see `Host.load(_:on:for:)`.
    var successor: Host?
    /// What another loop's lifespan has put into `state`, where there is one lifespan for all loops.
    var sharedState: PyOwned?
    var readiness: [(channel: Host.Channel, token: UInt32)] = []
    var closing: [(channel: Host.Channel, token: UInt32)] = []
    /// When the time is over that it has for its end, as `MonotonicClock.now()` has it, and what went wrong with it.
    var closesBy: UInt64 = 0
    var closingFailure: String?

    /// Imports the application and begins its lifespan.
    ///
    /// - Parameter begins: `false` where `begin` follows.
    static func load(
        _ specification: ApplicationSpecification, for owner: Host.Channel?, in context: LoopContext,
        begins: Bool = true,
        _ py: borrowing Python
    ) -> LoadResult {
        do throws(PyError) {
            let callable = try imported(specification, in: context, py)
            let number = context.applications.count
            let application = try Application(specification, callable, number, for: owner, in: context, py)
            context.add(application)
            if begins { application.begin(py) }
            return .loaded(application.number)
        } catch {
            let exception = PyError.take(py)
            return .failed(context.bootstrap.describe(exception, inDetail: specification.exposesErrors, py))
        }
    }

    /// The application that a specification names, as a callable.
    private static func imported(
        _ specification: ApplicationSpecification, in context: LoopContext, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let arguments = try PyOwned.tuple(count: 6, py)
        for (index, path) in [specification.docroot, specification.file].enumerated() {
            arguments.fillTuple(index, with: try PyOwned.path(path, py), py)
        }
        for (index, text) in [specification.attribute, specification.interface].enumerated() {
            arguments.fillTuple(index + 2, with: try PyOwned.string(text, py), py)
        }
        arguments.fillTuple(4, with: py.bool(specification.isFactory).owned(py), py)
        arguments.fillTuple(5, with: try PyOwned.string(specification.logging, py), py)
        return try context.bootstrap.call("load", with: arguments, py)
    }

    /// - Parameters:
    ///   - callable: what is called with each scope.
    ///   - number: its own, on this loop.
    init(
        _ specification: ApplicationSpecification, _ callable: consuming PyOwned, _ number: Int,
        for owner: Host.Channel?,
        in context: LoopContext, _ py: borrowing Python
    ) throws(PyError) {
        let rootPath = try PyOwned.string(specification.rootPath, py)
        let scope = try PyOwned.string(specification.scope, py)
        // From 2.4 on frameworks rely on `send()` alone to learn that a client has left: a stream that waits for
        // something else would live on. `send()` raises OSError all the same.
        let version = try PyOwned.string("2.3", py)
        let template = try context.bootstrap.object("template", py).call(rootPath, scope, version, py)
        guard let asgi = try template.ownedItem(context.names.asgi, py) else {
            throw PyError.raise(.key, "asgi", py)
        }
        let none = try PyOwned.dict(py)
        self.callable = callable
        self.asgi = asgi
        self.template = template
        knownExtensions.append(Extensions(abilities: [], object: none))
        self.number = number
        self.rootPath = specification.rootPath
        highWaterMark = specification.highWaterMark
        self.specification = specification
        self.owner = owner
        self.context = context
    }

    /// New `extensions` for the scope of a request with these abilities.
    func newExtensions(_ flags: Command.Flags, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let abilities = flags.intersection(Application.allAbilities)
        if knownExtensions[lastExtensions].abilities != abilities {
            lastExtensions = try indexOfExtensions(abilities, py)
        }
        return try knownExtensions[lastExtensions].object.copiedDict(py)
    }

    private func indexOfExtensions(_ abilities: Command.Flags, _ py: borrowing Python) throws(PyError) -> Int {
        for index in 0..<knownExtensions.count where knownExtensions[index].abilities == abilities { return index }
        let extensions = try PyOwned.dict(py)
        for (flag, name) in Application.abilities where abilities.contains(flag) {
            try extensions.set(try PyOwned.interned(name, py), try PyOwned.dict(py), py)
        }
        knownExtensions.append(Extensions(abilities: abilities, object: extensions))
        return knownExtensions.count - 1
    }

    private static let allAbilities: Command.Flags = [
        .webSocket, .trailers, .earlyHints, .pathSend, .zeroCopySend,
    ]

    /// What can be done for a request, and the extension that says so to the application (ASGI, "Extensions").
    private static let abilities: [(flag: Command.Flags, name: StaticString)] = [
        (.webSocket, "websocket.http.response"),
        (.trailers, "http.response.trailers"),
        (.earlyHints, "http.response.early_hint"),
        (.pathSend, "http.response.pathsend"),
        (.zeroCopySend, "http.response.zerocopysend"),
    ]

    /// A new scope for a request or a WebSocket: what all scopes of the application have in common.
    @inline(__always)
    func newScope(isWebSocket: Bool, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if isWebSocket { try makeSocketTemplate(py) }
        switch socketTemplate {
        case .some(let template) where isWebSocket: return try template.copiedDict(py)
        default: return try template.copiedDict(py)
        }
    }

    /// A new `asgi` for a scope that `newScope` has made.
    @inline(__always)
    func newASGI(isWebSocket: Bool, _ py: borrowing Python) throws(PyError) -> PyOwned {
        switch socketASGI {
        case .some(let asgi) where isWebSocket: return try asgi.copiedDict(py)
        default: return try asgi.copiedDict(py)
        }
    }

    /// Makes what the scopes of WebSockets have in common, when the first one comes.
    private func makeSocketTemplate(_ py: borrowing Python) throws(PyError) {
        if socketTemplate.isPresent { return }
        let made = try context.bootstrap.call("websocket_template", template, py)
        guard let asgi = try made.ownedItem(context.names.asgi, py) else {
            throw PyError.raise(.key, "asgi", py)
        }
        socketASGI = consume asgi
        socketTemplate = consume made
    }

    /// What answers calls of plain functions in the application's place.
    func functions(_ py: borrowing Python) throws(PyError) -> FunctionCalls {
        if let functions { return functions }
        let made = try FunctionCalls(docroot: specification.docroot, context, py)
        functions = made
        return made
    }

    /// Whether it has started and is not closed.
    var isServing: Bool {
        if case .serving = phase { return true }
        return false
    }

    // MARK: - Requests

    /// Counts an exchange.
    ///
    /// - Returns: whether the application is to be called now; otherwise that is done when it has started.
    @inline(__always)
    func begin(_ exchange: any Exchange, _ py: borrowing Python) -> Bool {
        live += 1
        exchange.isBegun = true
        switch phase {
        case .serving: return true
        case .starting: waiting.append(exchange)
        case .failed(let json): exchange.fail(json: json, py)
        case .closed:
            exchange.fail(json: context.bootstrap.simple("ERR_ASGI_CLOSED", "Handler closed", py), py)
        }
        return false
    }

    /// Whether it has nothing to do: it has started, and none of its exchanges is under way.
    var isIdle: Bool {
        if case .starting = phase { return false }
        return live == 0
    }

    /// One of the application's exchanges has returned.
    @inline(__always)
    func exchangeEnded(_ py: borrowing Python) {
        live -= 1
        if live == 0, isClosing { lastExchangeEnded(py) }
    }
}
