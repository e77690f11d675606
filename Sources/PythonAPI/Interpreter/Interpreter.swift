import CBinding
import CPythonAPI
import Locks
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The one Python interpreter of the process.
public enum Interpreter {
    private enum State {
        case absent
        case running(PythonInstallation)
        /// Its initialisation failed half-way, which cannot be undone or repeated.
        case failed(InterpreterError)
    }

    private static let state = Mutex(State.absent)

    /// Loads the shared library, initialises the interpreter on this thread, which becomes Python's main thread, and
    /// runs `body` attached; the thread stays attached.
    ///
    /// The interpreter is never finalised: Python threads may run until the process ends, and `process.exit()` is safe
    /// only without `Py_Finalize`. Where it is initialised already, because what came after that failed, this thread
    /// becomes one of its threads.
    /// - Parameter installation: what `PythonLocator` found.
    /// - Throws: `InterpreterError` when the library cannot be loaded, after which another one may be, or when Python
    ///   refuses to start, in its words, after which none can be.
    public static func run(
        _ installation: PythonInstallation, _ body: (borrowing Python) -> Void
    ) throws(InterpreterError) {
        switch state.locked({ $0 }) {
        case .failed(let error):
            throw error
        case .running(let present):
            guard present == installation else {
                throw InterpreterError("\(present.executable) is loaded: there is one Python per process")
            }
            attach(body)
        case .absent:
            try load(installation)
            do throws(InterpreterError) {
                try initialize(installation)
            } catch {
                state.locked { $0 = .failed(error) }
                throw error
            }
            state.locked { $0 = .running(installation) }
            body(Python())
        }
    }

    /// Attaches a thread that Python does not know yet, or that has detached, for ever (`PyGILState_Ensure`), and runs
    /// `body`.
    public static func attach(_ body: (borrowing Python) -> Void) {
        _ = unsafe cpython.PyGILState_Ensure()
        body(Python())
    }

    /// Loads the shared library, which runs nothing of Python yet.
    private static func load(_ installation: PythonInstallation) throws(InterpreterError) {
        var failure: UnsafePointer<CChar>?
        // Before the first library of Python's: `site` imports some, and the interpreter itself needs some.
        guard unsafe cbinding_separate(&failure) == 0 else {
            throw InterpreterError(
                unsafe "Python's libraries cannot be kept apart from Node's (PYTHON_NODE_DEEPBIND=0 does without): \(text(failure))"
            )
        }
        guard unsafe cpython_load(installation.library, cbinding_mode(), &failure) == 0 else {
            throw InterpreterError(unsafe "\(installation.library) could not be loaded: \(text(failure))")
        }
        guard unsafe cpython.Py_IsInitialized() == 0 else {
            throw InterpreterError(
                "another copy of this addon, or another program, runs Python in this process already: there is one "
                    + "Python per process")
        }
        let version = unsafe text(cpython.Py_GetVersion()).prefix { $0 != " " }
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        guard numbers.count >= 2, (numbers[0], numbers[1]) >= (3, 8) else {
            throw InterpreterError("\(installation.executable) is Python \(version); 3.8 or later is needed")
        }
    }

    private static func initialize(_ installation: PythonInstallation) throws(InterpreterError) {
        var failure: UnsafePointer<CChar>?
        guard unsafe cpython_start(installation.executable, &failure) == 0 else {
            var words = unsafe "\(installation.executable) could not be started: \(text(failure))"
            if let exception = pendingException() { words += ": \(exception)" }
            if let home = unsafe getenv("PYTHONHOME") { words += unsafe " (PYTHONHOME is \(text(home)))" }
            throw InterpreterError(words)
        }
        guard unsafe cpython_load_exceptions(&failure) == 0 else {
            throw InterpreterError(unsafe "\(installation.library): \(text(failure))")
        }
        let py = Python()
        do throws(PyError) {
            try PyLayout.read(py)
        } catch {
            PyError.writeUnraisable(nil, py)
            throw InterpreterError("\(installation.library) does not describe itself as Python does")
        }
    }

    /// What a start that failed has raised.
    private static func pendingException() -> String? {
        // Before it has made a thread state, nothing may be asked.
        guard unsafe cpython.PyGILState_GetThisThreadState() != nil, unsafe cpython.PyErr_Occurred() != nil else {
            return nil
        }
        let py = Python()
        let exception = PyError.take(py)
        do throws(PyError) {
            return "\(try exception.typeName(py)): \(try exception.description(py))"
        } catch {
            PyError.clear(py)
            return "an exception without text"
        }
    }

    private static func text(_ text: UnsafePointer<CChar>?) -> String {
        unsafe text.map { unsafe String(cString: $0) } ?? "unknown"
    }
}

/// Why there is no interpreter, in words for the person who starts the program.
public struct InterpreterError: Error {
    /// What was looked at, what was wrong, what to do.
    public let message: String

    init(_ message: String) { self.message = message }
}
