import CPlatform
import PythonAPI

/// Shares the process' signals and environment between Node and Python, so that neither overrides the other's changes.
enum ProcessSharing {
    /// `ask(operation, signal)`, with the operations of signals.py in the same order.
    private static let askSignal = unsafe PyFunction.anyArguments("ask") { _, arguments, count, _ in
        unsafe Python.enter { py throws(PyError) in
            guard let arguments = unsafe arguments, count == 2, let operation = unsafe arguments[0],
                let number = unsafe arguments[1]
            else {
                throw PyError.raise(.type, "ask() takes an operation and a signal", py)
            }
            let signal = unsafe Int32(truncatingIfNeeded: try PyRef(number).int(py))
            switch try unsafe PyRef(operation).int(py) {
            case 0: return try PyOwned.int(Int(cplatform_signal_query(signal)), py)
            case 1: cplatform_signal_claim(signal)
            case 2: cplatform_signal_release(signal)
            default: cplatform_signal_forward(signal)
            }
            return py.none.owned(py)
        }
    }

    /// Moves signals between Python and Node as Python code requests, and runs Python's handlers on this thread.
    static func shareSignals(
        _ bootstrap: Bootstrap, waking wakeup: WakeupDescriptor, _ py: borrowing Python
    ) throws(PyError) {
        cplatform_signals_attach(wakeup.writeEnd)
        _ = try bootstrap.call("share_signals", try askSignal.bound(to: py.none, py), py)
    }

    /// `set_variable(name, value)` for `os.environ`: bytes, or None.
    private static let setVariable = unsafe PyFunction.anyArguments("set_variable") { _, arguments, count, _ in
        unsafe Python.enter { py throws(PyError) in
            guard let arguments = unsafe arguments, count == 2, let name = unsafe arguments[0],
                let value = unsafe arguments[1]
            else {
                throw PyError.raise(.type, "set_variable() takes a name and a value", py)
            }
            // Sound because the memory of `bytes` ends with a NUL, and the caller has checked that there is none
            // inside.
            let text = unsafe PyRef(value).isNone ? nil : try PyRef(value).bytes(py).baseAddress
            let failed = unsafe cplatform_set_variable(
                try PyRef(name).bytes(py).baseAddress!.assumingMemoryBound(to: CChar.self),
                text?.assumingMemoryBound(to: CChar.self))
            if failed != 0 { throw PyError.raise(.runtime, "there is no memory for an environment variable", py) }
            return py.none.owned(py)
        }
    }

    /// Makes Python change environment variables under a lock, so that Node can read them at the same time.
    static func shareEnvironment(_ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        _ = try bootstrap.call("share_environment", try setVariable.bound(to: py.none, py), py)
    }
}
