import ASGIHost
import CPlatform
import Locks
import PythonAPI
import Synchronization

/// The hosts of the process: started for the first handler, shared by all environments.
enum HostRegistry {
    /// The requirements of a handler for the interpreter and its event loops.
    struct Requirements {
        /// The option `python`; `""` if not given.
        var python = ""
        /// The option `loop`.
        var loop = "auto"
        /// The option `thread`: `own` or `node`; `""` if not given.
        var thread = ""
        /// The option `loops`: 0 for one per core; `nil` if not given.
        var loops: Int?
        /// The folder that the application is imported from.
        var docroot = ""
        /// Environment variables, as JavaScript sees them.
        var variables: [String: String] = [:]

        /// The number of loops that the handler requires; `nil` for any.
        var loopCount: Int? { loops.map(Requirements.count) }

        /// The number of loops in the environment variable, used if no handler requires one.
        var environmentLoopCount: Int { Int(variables["PYTHON_NODE_LOOPS"] ?? "").map(Requirements.count) ?? 1 }

        private static func count(_ loops: Int) -> Int { loops == 0 ? Int(cplatform_processors()) : loops }
    }

    private enum State {
        case absent
        /// A thread starts them, and fulfills this when they run or have failed.
        case starting(OneShot<Void>)
        case running([Host])
    }

    private static let state = Mutex(State.absent)

    /// The hosts, one per event loop. Starts them if there are none.
    ///
    /// Blocks the calling thread while Python starts. Another environment that calls meanwhile waits, and starts Python
    /// itself if the first one has failed. With `thread: 'node'` the calling thread hosts the event loop from then on.
    /// - Throws: `HostError` if no usable Python is found, if another one or another number of loops runs than
    ///   required, or if several loops are required and the interpreter has a GIL.
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
                // Not under the lock: starting Python runs code that has locks of its own.
                defer { outcome.fulfill(()) }
                // If some hosts have started and others have failed, the former stay.
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
        let loops = requirements.loopCount ?? (isHosted ? 1 : requirements.environmentLoopCount)
        guard !isHosted || loops == 1 else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message: "Invalid option 'loops': \(loops), but thread 'node' has one event loop: leave it out")
        }
        let installation = try locate(requirements)
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

    private static func locate(_ requirements: Requirements) throws(HostError) -> PythonInstallation {
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
                message: "Invalid option 'loops': \(wanted), but the process' Python was started with \(loops): "
                    + "all handlers share its loops. Use the same number, or leave the option out")
        }
        if !requirements.python.isEmpty {
            let wanted = try locate(requirements)
            guard wanted == host.installation else {
                throw HostError(
                    code: "ERR_ASGI_INTERPRETER",
                    message: "Option 'python' names \(wanted.executable), but \(host.installation.executable) is "
                        + "loaded: there is one Python per process. Use the same one, or leave the option out")
            }
        }
        let thread = host.guest == nil ? "own" : "node"
        guard requirements.thread.isEmpty || requirements.thread == thread else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message:
                    "Invalid option 'thread': '\(requirements.thread)', but the process' event loop was started with "
                    + "'\(thread)', and all handlers share it. Use the same value, or leave the option out")
        }
        guard requirements.loop == "auto" || requirements.loop == host.loopChoice else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message: "Invalid option 'loop': '\(requirements.loop)', but the process' event loop was started with "
                    + "'\(host.loopChoice)', and all handlers share it. Use the same value, or leave the option out")
        }
    }
}
