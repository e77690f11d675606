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

    private static let host = Mutex<Host?>(nil)

    /// The host, started if there is none.
    ///
    /// Blocks the calling thread while Python starts; another environment that asks meanwhile waits. With
    /// `thread: 'node'` the calling thread hosts the event loop from then on.
    /// - Throws: `HostError` when no usable Python is found, or another one or another loop is running than was asked
    ///   for.
    static func host(_ wishes: Wishes) throws(HostError) -> Host {
        try host.locked { host throws(HostError) in
            if let host {
                try check(wishes, against: host)
                return host
            }
            let started =
                if (wishes.thread.isEmpty ? wishes.variables["PYTHON_NODE_THREAD"] : wishes.thread) == "node" {
                    try Host.startHosted(try located(wishes), loop: wishes.loop)
                } else {
                    try Host.start(try located(wishes), loop: wishes.loop)
                }
            host = started
            return started
        }
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
