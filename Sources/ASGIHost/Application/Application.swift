import Mailbox
import PythonAPI

/// One loaded application: its callable, the common parts of its scopes, and the phase of its lifespan.
final class Application {
    /// The phase, which decides whether requests may run.
    enum Phase {
        /// Startup is not complete, so requests wait.
        case starting
        case serving
        /// The application does not serve; the JSON says why.
        case failed(String)
        case closed
    }

    /// The `extensions` of scopes for requests with the same abilities.
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
    /// The channel of the client that has loaded the application. The application closes when that client ends; `nil`
    /// for an application that stays.
    let owner: Host.Channel?
    unowned let context: LoopContext
    private var socketTemplate, socketASGI: PyOwned?
    /// Calls plain functions; made at the first call.
    private var functions: FunctionCalls?
    private var knownExtensions = OwnedArray<Extensions>()
    /// The index of the extensions that were used last, because most requests come through one channel.
    private var lastExtensions = 0
    var phase = Phase.starting
    var lifespan: Lifespan?
    var waiting: [any Exchange] = []
    /// Exchanges that have not returned.
    var live = 0
    /// Whether closing was requested.
    var isClosing = false
    /// Whether lifespan's shutdown has begun.
    var isShuttingDown = false
    /// Limits startup, and later the exchanges of a closing application.
    var timer = LoopTimer()
    /// The host on which the lifespan begins next: see `Host.load(_:on:for:)`.
    var successor: Host?
    /// The `state` of another loop's lifespan, if all loops share one lifespan.
    var sharedState: PyOwned?
    var readiness: [(channel: Host.Channel, token: UInt32)] = []
    var closing: [(channel: Host.Channel, token: UInt32)] = []
    /// The deadline for closing in the time of `MonotonicClock.now()`, and the failure of the shutdown.
    var closesBy: UInt64 = 0
    var closingFailure: String?

    /// Imports the application and begins its lifespan.
    ///
    /// - Parameter begins: `false` if the caller calls `begin`.
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

    /// Imports the application of a specification as a callable.
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
    ///   - callable: the application, which is called with each scope.
    ///   - number: its number on this loop.
    init(
        _ specification: ApplicationSpecification, _ callable: consuming PyOwned, _ number: Int,
        for owner: Host.Channel?,
        in context: LoopContext, _ py: borrowing Python
    ) throws(PyError) {
        let rootPath = try PyOwned.string(specification.rootPath, py)
        let scope = try PyOwned.string(specification.scope, py)
        // From 2.4 on frameworks rely on `send()` alone to notice a disconnect, so a stream that waits for something
        // else would never end. `send()` raises OSError in any case.
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

    /// The abilities of requests, and the extension that tells the application of each (ASGI, "Extensions").
    private static let abilities: [(flag: Command.Flags, name: StaticString)] = [
        (.webSocket, "websocket.http.response"),
        (.trailers, "http.response.trailers"),
        (.earlyHints, "http.response.early_hint"),
        (.pathSend, "http.response.pathsend"),
        (.zeroCopySend, "http.response.zerocopysend"),
    ]

    /// A new scope with the keys that all scopes of the application have.
    @inline(__always)
    func newScope(isWebSocket: Bool, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if isWebSocket { try makeSocketTemplate(py) }
        switch socketTemplate {
        case .some(let template) where isWebSocket: return try template.copiedDict(py)
        default: return try template.copiedDict(py)
        }
    }

    /// A new `asgi` dict for a scope made by `newScope`.
    @inline(__always)
    func newASGI(isWebSocket: Bool, _ py: borrowing Python) throws(PyError) -> PyOwned {
        switch socketASGI {
        case .some(let asgi) where isWebSocket: return try asgi.copiedDict(py)
        default: return try asgi.copiedDict(py)
        }
    }

    /// Makes the template of WebSocket scopes at the first WebSocket.
    private func makeSocketTemplate(_ py: borrowing Python) throws(PyError) {
        if socketTemplate.isPresent { return }
        let made = try context.bootstrap.call("websocket_template", template, py)
        guard let asgi = try made.ownedItem(context.names.asgi, py) else {
            throw PyError.raise(.key, "asgi", py)
        }
        socketASGI = consume asgi
        socketTemplate = consume made
    }

    /// The object that answers calls of plain functions instead of the application.
    func functions(_ py: borrowing Python) throws(PyError) -> FunctionCalls {
        if let functions { return functions }
        let made = try FunctionCalls(docroot: specification.docroot, context, py)
        functions = made
        return made
    }

    /// Whether the application has started and is not closed.
    var isServing: Bool {
        if case .serving = phase { return true }
        return false
    }

    // MARK: - Requests

    /// Counts an exchange.
    ///
    /// - Returns: whether the caller must call the application now; otherwise it is called after startup.
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

    /// Whether the application has started and has no exchanges.
    var isIdle: Bool {
        if case .starting = phase { return false }
        return live == 0
    }

    /// Counts down an exchange that has returned.
    @inline(__always)
    func exchangeEnded(_ py: borrowing Python) {
        live -= 1
        if live == 0, isClosing { lastExchangeEnded(py) }
    }
}
