import ASGI
import Mailbox
import PythonAPI

/// The state that all exchanges have: the slot in the channel, the application's task, and the futures that `receive` and
/// `send` wait for.
///
/// Used on the event loop's thread. What a protocol decides is in `Exchange`.
class ExchangeState {
    /// What an awaitable waits for.
    enum Operation {
        static let receive = 0
        static let drain = 1
    }

    final let slot: UInt32
    final let table: ExchangeTable
    final let application: Application
    // Strong, although it lives as long as the process: a weak or unowned reference would be retained at each use.
    final let context: LoopContext
    /// The request's.
    final let flags: Command.Flags

    /// The bytes of the response that are on their way.
    final var window: SendWindow
    /// What runs the application.
    final var runner: TaskRunner?
    private final var scope: PyOwned?
    private final var task: PyOwned?
    private(set) final var isReleased = false
    private(set) final var isCancelled = false
    /// The application counts it: `Application.begin` was called.
    final var isBegun = false
    /// `receive()` has said that nothing more comes.
    final var isEndTold = false
    /// What `send()` has done since it last let the event loop have a turn.
    private final var sendsInARow = 0
    /// What the application's own task waits in, without a future.
    private final var directOperation: Int?
    /// The task was told to go on and has not yet.
    private final var isResumed = false
    private final var receiveWaiters = OwnedArray<PyOwned>()
    private final var drainWaiters = OwnedArray<PyOwned>()

    init(slot: UInt32, flags: Command.Flags, table: ExchangeTable, application: Application) {
        self.slot = slot
        self.flags = flags
        self.table = table
        self.application = application
        window = SendWindow(highWaterMark: application.highWaterMark)
        context = table.context
    }

    /// Takes the scope over, until the application is called.
    final func prepare(_ scope: consuming PyOwned) { self.scope = consume scope }

    /// Gives the scope away.
    final func takeScope() -> PyOwned? { scope.take() }

    // MARK: - The application's task

    /// The application waits in this task.
    final func waits(in task: consuming PyOwned) { self.task = consume task }

    /// The task that the application waits in, if it does.
    final func ownTask(_ py: borrowing Python) -> PyOwned? { task.owned(py) }

    /// Cancels the application's task: the handler closes and it has had its time.
    final func cancel(_ py: borrowing Python) {
        guard let task = ownTask(py) else { return }
        isCancelled = true
        task.cancelTask(py)
    }

    /// Lets the task and the scope go.
    final func letTaskGo(_ py: borrowing Python) {
        // What is let go may run code that comes back here: it is out of the properties before.
        let scope = self.scope.take()
        let task = self.task.take()
        _ = consume scope
        _ = consume task
        runner = nil
        directOperation = nil
        window.narrow(into: &context.windowBudget)
    }

    /// Gives the slot back.
    final func leaveTable(_ py: borrowing Python) {
        isReleased = true
        table.remove(self, py)
        // Last: an application that was closed is let go with its last exchange.
        if isBegun { application.exchangeEnded(py) }
        // While commands are carried out, `ExchangeTable` decides when answers are delivered.
        if !context.isCollecting { table.answers.deliverIfDue(at: MonotonicClock.now()) }
    }

    /// Schedules the application's task to go on: not at once, as another task may be running.
    private final func resumeSoon(_ py: borrowing Python) {
        guard let runner, !isResumed else { return }
        isResumed = true
        context.resume(runner, py)
    }

    /// Whether the application's own task waits in `receive()` or `send()`.
    final var waitsDirectly: Bool { directOperation != nil }

    /// The application's task goes on.
    final func resumed() {
        isResumed = false
        directOperation = nil
    }

    // MARK: - Waiting in receive() and send()

    /// Wakes the callers that wait in `receive()`.
    final func wakeReceivers(_ py: borrowing Python) {
        if directOperation == Operation.receive { resumeSoon(py) }
        guard !receiveWaiters.isEmpty else { return }
        receiveWaiters.takeAll().consumeEach { waiter in context.complete(waiter, py) }
    }

    /// Wakes the callers that wait in `send()`.
    final func wakeSenders(_ py: borrowing Python) {
        if directOperation == Operation.drain { resumeSoon(py) }
        guard !drainWaiters.isEmpty else { return }
        drainWaiters.takeAll().consumeEach { waiter in context.complete(waiter, py) }
    }

    /// Wakes all callers: the exchange has ended.
    final func wakeAll(_ py: borrowing Python) {
        wakeReceivers(py)
        wakeSenders(py)
    }

    /// Makes an operation wait: in the application's own task without a future, in other tasks for a future.
    final func wait(in operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll {
        if directOperation == nil, let doorbell = try runner?.doorbell(py) {
            directOperation = operation
            return .suspend(doorbell)
        }
        let future = try context.future(py)
        if operation == Operation.receive {
            receiveWaiters.append(future.owned(py))
        } else {
            drainWaiters.append(future.owned(py))
        }
        return .wait(future)
    }

    /// A caller does not wait any more: see `PyPollable`.
    final func abandon(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        guard let future else {
            directOperation = nil
            return
        }
        if let index = receiveWaiters.firstIndex(of: future) {
            _ = receiveWaiters.remove(at: index)
        } else if let index = drainWaiters.firstIndex(of: future) {
            _ = drainWaiters.remove(at: index)
        }
    }

    /// The consumer has taken bytes.
    ///
    /// - Parameter flags: what it says about the client.
    final func credit(_ count: Int, flags: Command.Flags, _ py: borrowing Python) {
        window.taken(count)
        if flags.contains(.fastConsumer) { window.widen(from: &context.windowBudget) }
        if flags.contains(.slowConsumer) { window.narrow(into: &context.windowBudget) }
        if window.hasRoom { wakeSenders(py) }
    }

    // MARK: - Many messages in a row

    /// How many messages go out in a row before the event loop has a turn, where nothing else makes the application wait:
    /// one that never ends would keep everybody else from theirs.
    private static let mostSendsInARow = 128

    /// What a message counts for that is refused.
    static let refusal = 64

    /// Whether the event loop is to have a turn.
    ///
    /// - Parameter cost: messages that were sent, or that the last one counts for.
    @inline(__always)
    final func yields(after cost: Int) -> Bool {
        sendsInARow += cost
        guard sendsInARow > ExchangeState.mostSendsInARow else { return false }
        sendsInARow = 0
        return true
    }

    /// The event loop has a turn anyway.
    @inline(__always)
    final func hasGivenWay() { sendsInARow = 0 }
}
