import CBinding
import CPythonAPI
import Locks
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The Python interpreter, of which a process has one.
public enum Interpreter {
    private enum State {
        case absent
        case running(PythonInstallation)
        /// Initialisation has failed. It can neither be undone nor repeated.
        case failed(InterpreterError)
    }

    private static let state = Mutex(State.absent)

    /// Loads the shared library, initialises the interpreter on this thread, which becomes Python's main thread, and
    /// runs `body` attached. The thread stays attached.
    ///
    /// The interpreter is never finalised: Python threads may run until the process ends, and `process.exit()` is safe
    /// only without `Py_Finalize`. If the interpreter has been initialised before, because a later step of the start
    /// failed, this thread becomes an additional one.
    /// - Parameter installation: what `PythonLocator` has found.
    /// - Throws: `InterpreterError` if the library cannot be loaded, after which another one may be tried; or with
    ///   Python's message if it does not start, after which none can be.
    public static func run(
        _ installation: PythonInstallation, _ body: (borrowing Python) -> Void
    ) throws(InterpreterError) {
        switch state.locked({ $0 }) {
        case .failed(let error):
            throw error
        case .running(let present):
            guard present == installation else {
                throw InterpreterError(
                    "\(present.executable) is loaded, so \(installation.executable) cannot be loaded: there is one "
                        + "Python per process. Use the same one, or another process"
                )
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

    /// Attaches a thread that Python does not know yet, or that has detached, for good (`PyGILState_Ensure`), and runs
    /// `body`.
    public static func attach(_ body: (borrowing Python) -> Void) {
        _ = unsafe cpython.PyGILState_Ensure()
        body(Python())
    }

    /// Loads the shared library. No Python code runs yet.
    private static func load(_ installation: PythonInstallation) throws(InterpreterError) {
        var failure: UnsafePointer<CChar>?
        // Before the first library that Python needs or `site` imports.
        guard unsafe cbinding_separate(&failure) == 0 else {
            throw InterpreterError(
                unsafe "Python's libraries cannot be kept apart from Node's: \(text(failure)). "
                    + "PYTHON_NODE_DEEPBIND=0 does without"
            )
        }
        guard unsafe cpython_load(installation.library, cbinding_mode(), &failure) == 0 else {
            throw InterpreterError(unsafe "\(installation.library) could not be loaded: \(text(failure))")
        }
        guard unsafe cpython.Py_IsInitialized() == 0 else {
            throw InterpreterError(
                "another addon, or another copy of this one, runs Python in this process already: there is one Python "
                    + "per process. Load the addon once, or use another process")
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
            PyError.writeUnraisable(py)
            throw InterpreterError("\(installation.library) has an unknown object layout: use another build of Python")
        }
    }

    /// The exception raised by a start that has failed, as text.
    private static func pendingException() -> String? {
        // Before it has made a thread state, nothing else may be asked.
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

/// The interpreter cannot be started; the message is for the person who starts the program.
public struct InterpreterError: Error {
    /// What was tried, what failed and what to do.
    public let message: String

    init(_ message: String) { self.message = message }
}
