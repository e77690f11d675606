import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Handles child processes that an application makes with `os.fork()`.
extension LoopContext {
    static let forkedFunction = unsafe PyFunction.noArguments("forked") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            unsafe PyRef(capsule!).object(as: HostReference.self).context.isForked = true
            return py.none.owned(py)
        }
    }

    /// Ends the child as Python ends a program, by the value or exception of its code.
    func endChild(_ step: consuming PyStep, _ py: borrowing Python) -> Never {
        do throws(PyError) {
            switch consume step {
            case .returns(let result): _ = try bootstrap.call("end_child", result, py)
            case .yields(let awaited): _ = try bootstrap.call("strand_child", awaited, py)
            case .raises: _ = try bootstrap.call("end_child", PyError.take(py), py)
            }
        } catch {
            PyError.writeUnraisable(py)
        }
        _exit(1)
    }
}
