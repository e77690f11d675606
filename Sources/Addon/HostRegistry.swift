import ASGIHost
import Locks
import PythonAPI
import Synchronization

/// The process' one host: made for the first handler, shared by all environments.
enum HostRegistry {
    /// What a handler asks for of the interpreter and its event loop.
    struct Wishes {
        /// The option `python`; `""` for none.
        var python = ""
        /// The option `loop`.
        var loop = "auto"
        /// The option `thread`: `own` or `node`; `""` for whichever there is.
        var thread = ""
        /// The folder the application is imported from.
        var docroot = ""
        /// Environment variables, as JavaScript has them.
        var variables: [String: String] = [:]
    }

    private enum State {
        case absent
        /// A thread starts it; the gate opens when that has come to an end.
        case starting(Gate<Void>)
        case running(Host)
    }

    private static let state = Mutex(State.absent)

    /// The host, started if there is none.
    ///
    /// Blocks the calling thread while Python starts; another environment that asks meanwhile waits, and starts Python
    /// itself where the first one could not. With `thread: 'node'` the calling thread hosts the event loop from then on.
    /// - Throws: `HostError` when no usable Python is found, or another one or another loop is running than was asked
    ///   for.
    static func host(_ wishes: Wishes) throws(HostError) -> Host {
        while true {
            let gate = Gate<Void>()
            let found = state.locked { state in
                defer { if case .absent = state { state = .starting(gate) } }
                return state
            }
            switch found {
            case .running(let host):
                try check(wishes, against: host)
                return host
            case .starting(let gate): gate.wait()
            case .absent:
                // Not under the lock: Python's start runs code that has locks of its own.
                defer { gate.open(()) }
                do throws(HostError) {
                    let host = try start(wishes)
                    state.locked { $0 = .running(host) }
                    return host
                } catch {
                    state.locked { $0 = .absent }
                    throw error
                }
            }
        }
    }

    private static func start(_ wishes: Wishes) throws(HostError) -> Host {
        let installation = try located(wishes)
        let thread = wishes.thread.isEmpty ? wishes.variables["PYTHON_NODE_THREAD"] : wishes.thread
        return thread == "node"
            ? try Host.startHosted(installation, loop: wishes.loop) : try Host.start(installation, loop: wishes.loop)
    }

    private static func located(_ wishes: Wishes) throws(HostError) -> PythonInstallation {
        do throws(InterpreterError) {
            let locator = PythonLocator(
                option: wishes.python, docroot: wishes.docroot, environment: { wishes.variables[$0] })
            return try locator.locate()
        } catch {
            throw HostError(code: "ERR_ASGI_INTERPRETER", message: error.message)
        }
    }

    private static func check(_ wishes: Wishes, against host: Host) throws(HostError) {
        if !wishes.python.isEmpty {
            let wanted = try located(wishes)
            guard wanted == host.installation else {
                throw HostError(
                    code: "ERR_ASGI_INTERPRETER",
                    message: "Option 'python' names \(wanted.executable), but \(host.installation.executable) is "
                        + "loaded: there is one Python per process")
            }
        }
        let thread = host.hosted == nil ? "own" : "node"
        guard wishes.thread.isEmpty || wishes.thread == thread else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message: "Invalid option 'thread': '\(wishes.thread)', but the process' event loop was started with "
                    + "'\(thread)': there is one loop per process")
        }
        guard wishes.loop == "auto" || wishes.loop == host.loopChoice else {
            throw HostError(
                code: "ERR_ASGI_INVALID_OPTION",
                message: "Invalid option 'loop': '\(wishes.loop)', but the process' event loop was started with "
                    + "'\(host.loopChoice)': there is one loop per process")
        }
    }
}
