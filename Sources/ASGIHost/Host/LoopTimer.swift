import PythonAPI

/// A call that the event loop makes after a delay, unless it is cancelled.
///
/// The loop keeps the function and its object until then, so a timer that is no longer needed should be cancelled.
struct LoopTimer: ~Copyable {
    private var handle: PyOwned?

    /// Starts the timer, and cancels the previous call.
    ///
    /// - Parameters:
    ///   - object: the object that the function is bound to; kept until the call, or until it is cancelled.
    mutating func start(
        milliseconds: Int, _ function: PyFunction, _ object: AnyObject, on loop: borrowing some PyAny,
        _ py: borrowing Python
    ) throws(PyError) {
        cancel(py)
        let seconds = try PyOwned.float(Double(milliseconds) / 1000, py)
        let callback = try function.bound(to: try PyOwned.capsule(object, py), py)
        handle = try loop.attribute("call_later", py).call(seconds, callback, py)
    }

    /// Cancels the call if it was not made yet, and releases its object.
    mutating func cancel(_ py: borrowing Python) {
        guard let timer = handle.take() else { return }
        do throws(PyError) {
            _ = try timer.attribute("cancel", py).call(py)
        } catch {
            PyError.writeUnraisable(timer, py)
        }
    }
}
