/// The target of an awaitable.
///
/// One method serves all operations of a target. The awaitable has the operation's number, so that no closure is
/// allocated for each call. All methods are called while attached.
public protocol PyPollable: AnyObject {
    /// Takes the result of an operation if it is available.
    ///
    /// - Parameter operation: the number given to `PyAwaitableType.polling`.
    /// - Returns: the result, or what to wait for before `poll` is called again.
    /// - Throws: the exception to raise in the awaiting code.
    func poll(_ operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll

    /// The awaitable ends without its result, because its task was cancelled or has closed it.
    ///
    /// - Parameter future: the future it has waited for; `nil` if it was suspended.
    func abandon(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python)

    /// Whether the current thread may poll. Asked on free-threaded interpreters only.
    var isOnCurrentThread: Bool { get }

    /// Makes the right thread call `abandon`. Called on another one, on free-threaded interpreters only.
    func abandonFromOtherThread(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python)
}

/// The result of a poll.
public enum PyPoll: ~Copyable {
    /// The result.
    case ready(PyOwned)
    /// Not yet: poll again when this asyncio future is done.
    case wait(PyOwned)
    /// Not yet: yield this object, which the coroutine's driver knows how to wait for.
    case suspend(PyOwned)
}
