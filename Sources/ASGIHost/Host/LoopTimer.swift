import PythonAPI

/// A call that the event loop makes after a while, unless it is cancelled before.
///
/// The loop keeps what is to be called until then; so whoever does not need it any more cancels it, or everything that
/// can be reached from there stays for as long.
struct LoopTimer: ~Copyable {
    private var handle: PyOwned?

    /// Begins, in place of what was begun before.
    ///
    /// - Parameters:
    ///   - object: what the function is bound to; kept until the call, or until it is cancelled.
    mutating func start(
        milliseconds: Int, _ function: PyFunction, _ object: AnyObject, on loop: borrowing some PyAny,
        _ py: borrowing Python
    ) throws(PyError) {
        cancel(py)
        let seconds = try PyOwned.float(Double(milliseconds) / 1000, py)
        let callback = try function.bound(to: try PyOwned.capsule(object, py), py)
        handle = try loop.attribute("call_later", py).call(seconds, callback, py)
    }

    /// What has not been called is not called any more, and is let go.
    mutating func cancel(_ py: borrowing Python) {
        guard let timer = handle.take() else { return }
        do throws(PyError) {
            _ = try timer.attribute("cancel", py).call(py)
        } catch {
            PyError.writeUnraisable(timer, py)
        }
    }
}
