import CPlatform
import CPythonAPI
import PythonAPI

/// What Node and Python both change in the process, and would spoil for each other: signals and the environment.
enum ProcessSharing {
    private static let keepSignal = PyFunction.oneArgument("keep_signal") { _, signal in
        Python.enter { py throws(PyError) in
            cplatform_keep_signal(Int32(truncatingIfNeeded: try PyRef(signal!).int(py)))
            return py.none.owned(py)
        }
    }

    private static let restoreSignal = PyFunction.oneArgument("restore_signal") { _, signal in
        Python.enter { py throws(PyError) in
            cplatform_restore_signal(Int32(truncatingIfNeeded: try PyRef(signal!).int(py)))
            return py.none.owned(py)
        }
    }

    /// Has Node hear a signal again when Python listens to it no more. Before an event loop is imported.
    static func shareSignals(_ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        let keep = try keepSignal.bound(to: py.none, py)
        let restore = try restoreSignal.bound(to: py.none, py)
        _ = try bootstrap.object("share_signals", py).call(keep, restore, py)
    }

    /// `set_variable(name, value)`, for `os.environ`: bytes, or None.
    private static let setVariable = PyFunction.anyArguments("set_variable") { _, arguments, count, _ in
        Python.enter { py throws(PyError) in
            guard let arguments, count == 2, let name = arguments[0], let value = arguments[1] else {
                throw PyError.raise(.type, "set_variable() takes a name and a value", py)
            }
            // Bytes end with a NUL, and have none inside: the caller has looked.
            let text = PyRef(value).isNone ? nil : try PyRef(value).bytes(py).baseAddress
            let failed = cplatform_set_variable(
                try PyRef(name).bytes(py).baseAddress!.assumingMemoryBound(to: CChar.self),
                text?.assumingMemoryBound(to: CChar.self))
            if failed != 0 { throw PyError.raise(.runtime, "there is no memory for an environment variable", py) }
            return py.none.owned(py)
        }
    }

    /// Has Python change environment variables so that Node can read them meanwhile.
    static func shareEnvironment(_ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        _ = try bootstrap.call("share_environment", try setVariable.bound(to: py.none, py), py)
    }
}
