import ASGIHost
import CPlatform
import Locks
import PythonAPI
import Synchronization

/// The process' hosts: made for the first handler, shared by all environments.
enum HostRegistry {
    /// What a handler asks for of the interpreter and its event loop.
    struct Requirements {
        /// The option `python`; `""` for none.
        var python = ""
        /// The option `loop`.
        var loop = "auto"
        /// The option `thread`: `own` or `node`; `""` for whichever there is.
        var thread = ""
        /// The option `loops`: 0 for one per core, `nil` for as many as there are, or one.
        var loops: Int?
        /// The folder the application is imported from.
        var docroot = ""
        /// Environment variables, as JavaScript has them.
        var variables: [String: String] = [:]

        /// How many loops the handler asks for.
        var loopCount: Int? { loops.map(Requirements.count) }

        /// How many the environment asks for, where no handler says otherwise.
        var loopsOfEnvironment: Int { Int(variables["PYTHON_NODE_LOOPS"] ?? "").map(Requirements.count) ?? 1 }

        private static func count(_ loops: Int) -> Int { loops == 0 ? Int(cplatform_processors()) : loops }
    }

    private enum State {
        case absent
        /// A thread starts them, and fulfills this when they run or have failed.
        case starting(OneShot<Void>)
        case running([Host])
    }

    private static let state = Mutex(State.absent)

    /// The hosts, one for each event loop, started if there are none.
    ///
    /// Blocks the calling thread while Python starts; another environment that asks meanwhile waits, and starts Python
    /// itself where the first one could not. With `thread: 'node'` the calling thread hosts the event loop from then on.
    /// - Throws: `HostError` when no usable Python is found, another one or other loops are running than were asked for, or
    ///   when several loops are asked for and the interpreter has a GIL.
    static func hosts(_ requirements: Requirements) throws(HostError) -> [Host] {
        while true {
            let outcome = OneShot<Void>()
            let found = state.locked { state in
                defer { if case .absent = state { state = .starting(outcome) } }
                return state
            }
            switch found {
            case .running(let hosts):
                try check(requirements, against: hosts[0], hosts.count)
                return hosts
            case .starting(let outcome): outcome.wait()
            case .absent:
                // Not under the lock: Python's start runs code that has locks of its own.
                defer { outcome.fulfill(()) }
                // Those that have started stay, also where others do not.
                var hosts: [Host] = []
                defer { state.locked { $0 = hosts.isEmpty ? .absent : .running(hosts) } }
                try start(requirements, &hosts)
                return hosts
            }
        }
    }

    private static func start(_ requirements: Requirements, _ hosts: inout [Host]) throws(HostError) {
        let isHosted =
            (requirements.thread.isEmpty ? requirements.variables["PYTHON_NODE_THREAD"] : requirements.thread) == "node"
        let loops = requirements.loopCount ?? (isHosted ? 1 : requirements.loopsOfEnvironment)
        guard !isHosted || loops == 1 else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message: "Invalid option 'loops': \(loops), but thread 'node' has one event loop")
        }
        let installation = try located(requirements)
        let first =
            if isHosted {
                try Host.startHosted(installation, loop: requirements.loop)
            } else {
                try Host.start(installation, loop: requirements.loop)
            }
        hosts = [first]
        if loops > 1 { try first.checkGIL(loops: loops) }
        for number in 1..<max(1, loops) { hosts.append(try first.startAnother(number)) }
    }

    private static func located(_ requirements: Requirements) throws(HostError) -> PythonInstallation {
        do throws(InterpreterError) {
            let locator = PythonLocator(
                option: requirements.python, docroot: requirements.docroot, environment: { requirements.variables[$0] })
            return try locator.locate()
        } catch {
            throw HostError(code: "ERR_ASGI_INTERPRETER", message: error.message)
        }
    }

    private static func check(_ requirements: Requirements, against host: Host, _ loops: Int) throws(HostError) {
        if let wanted = requirements.loopCount, wanted != loops {
            if wanted > 1 { try host.checkGIL(loops: wanted) }
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message: "Invalid option 'loops': \(wanted), but the process' Python was started with \(loops)")
        }
        if !requirements.python.isEmpty {
            let wanted = try located(requirements)
            guard wanted == host.installation else {
                throw HostError(
                    code: "ERR_ASGI_INTERPRETER",
                    message: "Option 'python' names \(wanted.executable), but \(host.installation.executable) is "
                        + "loaded: there is one Python per process")
            }
        }
        let thread = host.guest == nil ? "own" : "node"
        guard requirements.thread.isEmpty || requirements.thread == thread else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message:
                    "Invalid option 'thread': '\(requirements.thread)', but the process' event loop was started with "
                    + "'\(thread)': there is one loop per process")
        }
        guard requirements.loop == "auto" || requirements.loop == host.loopChoice else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message: "Invalid option 'loop': '\(requirements.loop)', but the process' event loop was started with "
                    + "'\(host.loopChoice)': there is one loop per process")
        }
    }
}
