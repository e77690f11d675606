import PythonAPI

/// The host's Python part (the files in `Bootstrap/`), compiled into the addon and run once, in one namespace.
struct Bootstrap {
    private let namespace: PyRef

    init(_ py: borrowing Python) throws(PyError) {
        // A module of its own name, so that its classes say where they come from.
        namespace = try PyRef.namespace(ofModule: "_python_node", py)
        for (source, name) in Bootstrap.files { try namespace.run(source, named: name, py) }
    }

    /// In this order: the first one prepares the process for every import.
    private static let files: [(source: [UInt8], name: String)] = [
        (PackageResources.starting_py, "<python-node/starting.py>"),
        (PackageResources.ending_py, "<python-node/ending.py>"),
        (PackageResources.environment_py, "<python-node/environment.py>"),
        (PackageResources.forking_py, "<python-node/forking.py>"),
        (PackageResources.loops_py, "<python-node/loops.py>"),
        (PackageResources.hosting_py, "<python-node/hosting.py>"),
        (PackageResources.doorbell_py, "<python-node/doorbell.py>"),
        (PackageResources.docroots_py, "<python-node/docroots.py>"),
        (PackageResources.loggers_py, "<python-node/loggers.py>"),
        (PackageResources.importing_py, "<python-node/importing.py>"),
        (PackageResources.frames_py, "<python-node/frames.py>"),
        (PackageResources.reporting_py, "<python-node/reporting.py>"),
        (PackageResources.signals_py, "<python-node/signals.py>"),
        (PackageResources.streams_py, "<python-node/streams.py>"),
        (PackageResources.scopes_py, "<python-node/scopes.py>"),
        (PackageResources.wsgi_py, "<python-node/wsgi.py>"),
        (PackageResources.functions_py, "<python-node/functions.py>"),
        (PackageResources.watching_py, "<python-node/watching.py>"),
    ]

    /// An object of the bootstrap's namespace, which keeps it for ever.
    func object(_ name: String, _ py: borrowing Python) throws(PyError) -> PyRef {
        let key = try PyOwned.string(name, py)
        guard let found = try namespace.item(key, py) else {
            throw PyError.raise(.key, name, py)
        }
        return found
    }

    /// Calls one of the bootstrap's functions with a tuple of arguments. For cold paths.
    func call(
        _ function: String, with arguments: borrowing PyOwned, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try object(function, py).call(arguments: arguments, py)
    }

    /// Calls one of the bootstrap's functions with several arguments. For cold paths.
    func call(_ function: String, _ arguments: [PyRef], _ py: borrowing Python) throws(PyError) -> PyOwned {
        let tuple = try PyOwned.tuple(count: arguments.count, py)
        for (index, argument) in arguments.enumerated() { tuple.fillTuple(index, with: argument.owned(py), py) }
        return try call(function, with: tuple, py)
    }

    /// Calls one of the bootstrap's functions with one argument.
    func call(
        _ function: String, _ argument: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try object(function, py).call(argument, py)
    }

    /// Prepares the interpreter and makes the event loop.
    ///
    /// - Parameter isHosted: another event loop will do its waiting.
    func start(
        executable: String, loop: String, isHosted: Bool, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let executable = try PyOwned.path(executable, py)
        let loop = try PyOwned.string(loop, py)
        return try object("start", py).call(executable, loop, py.bool(isHosted), py)
    }

    /// An exception as JSON: its code, message, type, traceback and causes.
    ///
    /// - Parameter inDetail: with the source near its frames, and variables.
    func describe(_ exception: borrowing some PyAny, inDetail: Bool = false, _ py: borrowing Python) -> String {
        do throws(PyError) {
            return try call(inDetail ? "describe_in_detail" : "describe", exception, py).string(py)
        } catch {
            // Describing failed, which says more about the host than about the application: keep both on stderr.
            PyError.writeUnraisable(PyRef(exception.raw), py)
            return #"{"code":"ERR_ASGI_INTERNAL","message":"an exception could not be described"}"#
        }
    }

    /// An error of the host's own as JSON.
    func simple(_ code: String, _ message: String, _ py: borrowing Python) -> String {
        do throws(PyError) {
            let code = try PyOwned.string(code, py)
            let message = try PyOwned.string(message, py)
            return try object("simple", py).call(code, message, py).string(py)
        } catch {
            PyError.writeUnraisable(nil, py)
            return #"{"code":"ERR_ASGI_INTERNAL","message":"an error could not be described"}"#
        }
    }

    /// What an application gives for a message to people: `str(thing)`, and `""` for None. Never fails.
    func text(of thing: borrowing some PyAny, _ py: borrowing Python) -> String {
        do throws(PyError) {
            return try call("message_of", thing, py).string(py)
        } catch {
            PyError.writeUnraisable(nil, py)
            return "<no text>"
        }
    }

    /// Tells the application's author something, through `logging`.
    func warn(_ message: String, _ py: borrowing Python) {
        do throws(PyError) {
            let message = try PyOwned.string(message, py)
            _ = try call("warn", message, py)
        } catch {
            PyError.writeUnraisable(nil, py)
        }
    }

    /// Whether an exception is there because the client left.
    func isDisconnection(_ exception: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        do throws(PyError) {
            return try call("is_disconnection", exception, py).isTrue(py)
        } catch {
            PyError.writeUnraisable(PyRef(exception.raw), py)
            return false
        }
    }
}
