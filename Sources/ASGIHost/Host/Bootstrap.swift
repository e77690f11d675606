import PythonAPI

/// The host's Python part: the package `_python_node`, whose files (in `Bootstrap/`) are compiled into the addon.
struct Bootstrap {
    private let namespace: PyKept

    init(_ py: borrowing Python) throws(PyError) {
        let loader = try PyOwned.namespace(ofModule: "_python_node.loader", py)
        try loader.run(PackageResources.loader_py, named: "<python-node/loader.py>", py)
        let sources = try PyOwned.dict(py)
        for (name, source) in Bootstrap.files {
            let text = try PyOwned.string(String(decoding: source, as: UTF8.self), py)
            try sources.set(try PyOwned.string(name, py), text, py)
        }
        guard let load = try loader.item(try PyOwned.string("load", py), py) else {
            throw PyError.raise(.key, "load", py)
        }
        namespace = try load.call(sources, py).kept()
    }

    private static let files: [(name: String, source: [UInt8])] = [
        ("__init__.py", PackageResources.__init___py),
        ("docroot_imports.py", PackageResources.docroot_imports_py),
        ("docroots.py", PackageResources.docroots_py),
        ("ending.py", PackageResources.ending_py),
        ("environment.py", PackageResources.environment_py),
        ("errors.py", PackageResources.errors_py),
        ("forking.py", PackageResources.forking_py),
        ("frames.py", PackageResources.frames_py),
        ("functions.py", PackageResources.functions_py),
        ("guest_loop.py", PackageResources.guest_loop_py),
        ("importing.py", PackageResources.importing_py),
        ("loggers.py", PackageResources.loggers_py),
        ("loops.py", PackageResources.loops_py),
        ("reporting.py", PackageResources.reporting_py),
        ("scopes.py", PackageResources.scopes_py),
        ("signals.py", PackageResources.signals_py),
        ("stacks.py", PackageResources.stacks_py),
        ("starting.py", PackageResources.starting_py),
        ("streams.py", PackageResources.streams_py),
        ("tasks.py", PackageResources.tasks_py),
        ("watching.py", PackageResources.watching_py),
        ("wsgi.py", PackageResources.wsgi_py),
    ]

    /// An object of the package's namespace.
    func object(_ name: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let key = try PyOwned.string(name, py)
        guard let found = try namespace.ownedItem(key, py) else {
            throw PyError.raise(.key, name, py)
        }
        return found
    }

    /// Calls a function of the package with a tuple of arguments. For cold paths.
    func call(
        _ function: String, with arguments: borrowing PyOwned, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try object(function, py).call(arguments: arguments, py)
    }

    /// Calls a function of the package with one argument.
    func call(
        _ function: String, _ argument: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try object(function, py).call(argument, py)
    }

    /// Prepares the interpreter and makes the event loop.
    ///
    /// - Parameter isHosted: whether another event loop does the waiting.
    func start(
        executable: String, loop: String, isHosted: Bool, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let executable = try PyOwned.path(executable, py)
        let loop = try PyOwned.string(loop, py)
        return try object("start", py).call(executable, loop, py.bool(isHosted), py)
    }

    /// An exception as JSON: its code, message, type, traceback and causes.
    ///
    /// - Parameter inDetail: whether to include source lines and variables of its frames.
    func describe(_ exception: borrowing some PyAny, inDetail: Bool = false, _ py: borrowing Python) -> String {
        do throws(PyError) {
            return try call(inDetail ? "describe_in_detail" : "describe", exception, py).string(py)
        } catch {
            // Describing failed, which is a bug of the host more likely than of the application, so both exceptions go
            // to stderr.
            PyError.writeUnraisable(exception, py)
            return #"{"code":"ERR_ASGI_INTERNAL","message":"an exception could not be described"}"#
        }
    }

    /// One of the host's own errors as JSON.
    func simple(_ code: String, _ message: String, _ py: borrowing Python) -> String {
        do throws(PyError) {
            let code = try PyOwned.string(code, py)
            let message = try PyOwned.string(message, py)
            return try object("simple", py).call(code, message, py).string(py)
        } catch {
            PyError.writeUnraisable(py)
            return #"{"code":"ERR_ASGI_INTERNAL","message":"an error could not be described"}"#
        }
    }

    /// The text of a message that an application has given: `str(thing)`, or `""` for None. Never fails.
    func text(of thing: borrowing some PyAny, _ py: borrowing Python) -> String {
        do throws(PyError) {
            return try call("message_of", thing, py).string(py)
        } catch {
            PyError.writeUnraisable(py)
            return "<no text>"
        }
    }

    /// Logs a mistake of the application through `logging`.
    func warn(_ message: String, _ py: borrowing Python) {
        do throws(PyError) {
            let message = try PyOwned.string(message, py)
            _ = try call("warn", message, py)
        } catch {
            PyError.writeUnraisable(py)
        }
    }

    /// Whether an exception was raised because the client disconnected.
    func isDisconnection(_ exception: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        do throws(PyError) {
            return try call("is_disconnection", exception, py).isTrue(py)
        } catch {
            PyError.writeUnraisable(exception, py)
            return false
        }
    }
}
