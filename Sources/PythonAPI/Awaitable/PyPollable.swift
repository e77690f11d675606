/// What an awaitable asks for its result, on the thread that is attached.
///
/// One method serves all operations of an object; an awaitable names the operation by a number, so that no closure is made
/// for each call.
public protocol PyPollable: AnyObject {
    /// Takes the result of an operation if it is there.
    ///
    /// - Returns: the result, or what to wait for; `poll` is called again when that is done.
    /// - Throws: what is to be raised where the awaitable is awaited.
    func poll(_ operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll

    /// The task that waited for `future` (`nil` where it was suspended) has been cancelled, or has given its awaitable up.
    func abandon(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python)

    /// Whether this is the thread that may poll; asked on free-threaded interpreters only.
    var isHere: Bool { get }

    /// `abandon`, on a thread that must not poll: has it done on the one that may. For free-threaded interpreters.
    func abandonElsewhere(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python)
}

/// What a poll finds.
public enum PyPoll: ~Copyable {
    /// The result.
    case ready(PyOwned)
    /// Nothing yet: an asyncio future that will be done when polling is worth it.
    case wait(PyOwned)
    /// Nothing yet: what the driver of the coroutine knows to wait for, yielded as it is.
    case suspend(PyOwned)
}
