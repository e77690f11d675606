import CBinding
import CPythonAPI
import Locks
import Synchronization

/// The one Python interpreter of the process.
public enum Interpreter {
    /// The one that is loaded and initialised.
    private static let loaded = Mutex<PythonInstallation?>(nil)

    /// Loads the shared library, initialises the interpreter on this thread, which becomes Python's main thread, and
    /// runs `body` attached; the thread stays attached.
    ///
    /// The interpreter is never finalised: Python threads may run until the process ends, and `process.exit()` is safe
    /// only without `Py_Finalize`. Where it is initialised already, because what came after that failed, this thread
    /// becomes one of its threads.
    /// - Parameter installation: what `PythonLocator` found.
    public static func run(
        _ installation: PythonInstallation, _ body: (borrowing Python) -> Void
    ) throws(InterpreterError) {
        if let present = loaded.locked({ $0 }) {
            guard present == installation else {
                throw InterpreterError("\(present.executable) is loaded: there is one Python per process")
            }
            attach(body)
            return
        }
        try initialize(installation)
        loaded.locked { $0 = installation }
        body(Python())
    }

    /// Attaches a thread that Python does not know yet, or that has detached, for ever (`PyGILState_Ensure`), and runs
    /// `body`.
    public static func attach(_ body: (borrowing Python) -> Void) {
        _ = cpython.PyGILState_Ensure()
        body(Python())
    }

    private static func initialize(_ installation: PythonInstallation) throws(InterpreterError) {
        var failure: UnsafePointer<CChar>?
        // Before the first library of Python's: `site` imports some, and the interpreter itself needs some.
        guard cbinding_separate(&failure) == 0 else {
            throw InterpreterError(
                "Python's libraries cannot be kept apart from Node's (PYTHON_NODE_DEEPBIND=0 does without): "
                    + (failure.map { String(cString: $0) } ?? "unknown"))
        }
        guard cpython_load(installation.library, cbinding_mode(), &failure) == 0 else {
            throw InterpreterError(
                "\(installation.library) could not be loaded: \(failure.map { String(cString: $0) } ?? "unknown")")
        }
        guard cpython.Py_IsInitialized() == 0 else {
            throw InterpreterError(
                "another copy of this addon, or another program, runs Python in this process already: there is one "
                    + "Python per process")
        }
        // The program's name is how Python finds its prefix, and a virtual environment its pyvenv.cfg. Kept for ever:
        // the interpreter keeps the pointer.
        if cpython.Py_SetProgramName != nil { cpython.Py_SetProgramName(wide(installation.executable)) }
        // 0: SIGINT stays Node's.
        cpython.Py_InitializeEx(0)
        guard cpython_load_exceptions(&failure) == 0 else {
            throw InterpreterError("\(installation.library): \(failure.map { String(cString: $0) } ?? "unknown")")
        }
        let py = Python()
        do throws(PyError) {
            try PyLayout.read(py)
        } catch {
            PyError.writeUnraisable(nil, py)
            throw InterpreterError("\(installation.library) does not describe itself as Python does")
        }
        guard PyLayout.version >= (3, 8) else {
            let (major, minor) = PyLayout.version
            throw InterpreterError("\(installation.executable) is Python \(major).\(minor); 3.8 or later is needed")
        }
    }

    /// The text as C's wide characters, which are Unicode scalars on Linux and macOS.
    private static func wide(_ text: String) -> UnsafePointer<wchar_t> {
        let scalars = Array(text.unicodeScalars)
        let buffer = UnsafeMutablePointer<wchar_t>.allocate(capacity: scalars.count + 1)
        for (index, scalar) in scalars.enumerated() { buffer[index] = wchar_t(bitPattern: scalar.value) }
        buffer[scalars.count] = 0
        return UnsafePointer(buffer)
    }
}

/// Why there is no interpreter, in words for the person who starts the program.
public struct InterpreterError: Error {
    /// What was looked at, what was wrong, what to do.
    public let message: String

    init(_ message: String) { self.message = message }
}
