import ASGI
import Mailbox
import PythonAPI

/// The state of every exchange: its slot in the channel, the application's task, and the futures that `receive` and
/// `send` wait for.
///
/// Used on the event loop's thread. `Exchange` has the parts that differ between protocols.
class ExchangeState {
    /// The operation that an awaitable waits for.
    enum Operation {
        static let receive = 0
        static let drain = 1
    }

    final let slot: UInt32
    final let table: ExchangeTable
    final let application: Application
    // Strong, although it lives as long as the process, because each use of a weak or unowned reference retains it.
    final let context: LoopContext
    /// The flags of the request.
    final let flags: Command.Flags

    /// The flow-control window of the response.
    final var window: SendWindow
    /// Runs the application.
    final var runner: TaskRunner?
    private final var scope: PyOwned?
    private final var task: PyOwned?
    private(set) final var isReleased = false
    private(set) final var isCancelled = false
    /// Whether the application counts this exchange: `Application.begin` was called.
    final var isBegun = false
    /// Whether `receive()` has returned the last event.
    final var hasReportedEnd = false
    /// The cost of the messages sent since the event loop last had a turn.
    private final var sendsInARow = 0
    /// The operation in which the application's own task waits without a future.
    private final var directOperation: Int?
    /// Whether the task was scheduled to continue.
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

    /// Keeps the scope until the application is called.
    final func prepare(_ scope: consuming PyOwned) { self.scope = consume scope }

    /// Removes the scope and returns it.
    final func takeScope() -> PyOwned? { scope.take() }

    // MARK: - The application's task

    /// Records the task in which the application waits.
    final func waits(in task: consuming PyOwned) { self.task = consume task }

    /// The task in which the application waits; `nil` if it does not.
    final func ownTask(_ py: borrowing Python) -> PyOwned? { task.owned(py) }

    /// Cancels the application's task, because the handler closes and the grace period is over.
    final func cancel(_ py: borrowing Python) {
        guard let task = ownTask(py) else { return }
        isCancelled = true
        task.cancelTask(py)
    }

    /// Releases the task and the scope.
    final func releaseTask(_ py: borrowing Python) {
        // Releasing them may run code that calls this object, so the properties are cleared first.
        let scope = self.scope.take()
        let task = self.task.take()
        _ = consume scope
        _ = consume task
        runner = nil
        directOperation = nil
        window.narrow(into: &context.windowBudget)
    }

    /// Frees the slot.
    final func leaveTable(_ py: borrowing Python) {
        isReleased = true
        table.remove(self, py)
        // Last, because the last exchange of a closed application releases the application.
        if isBegun { application.exchangeEnded(py) }
        // While commands are executed, `ExchangeTable` decides when to deliver answers.
        if !context.isCollecting { table.answers.deliverIfDue(at: MonotonicClock.now()) }
    }

    /// Schedules the application's task to continue. Not at once, because another task may be running.
    private final func resumeSoon(_ py: borrowing Python) {
        guard let runner, !isResumed else { return }
        isResumed = true
        context.resume(runner, py)
    }

    /// Whether the application's own task waits in `receive()` or `send()`.
    final var waitsDirectly: Bool { directOperation != nil }

    /// Called when the application's task continues.
    final func resumed() {
        isResumed = false
        directOperation = nil
    }

    // MARK: - Waiting in receive() and send()

    /// Wakes the callers of `receive()`.
    final func wakeReceivers(_ py: borrowing Python) {
        if directOperation == Operation.receive { resumeSoon(py) }
        guard !receiveWaiters.isEmpty else { return }
        receiveWaiters.takeAll().consumeEach { waiter in context.complete(waiter, py) }
    }

    /// Wakes the callers of `send()`.
    final func wakeSenders(_ py: borrowing Python) {
        if directOperation == Operation.drain { resumeSoon(py) }
        guard !drainWaiters.isEmpty else { return }
        drainWaiters.takeAll().consumeEach { waiter in context.complete(waiter, py) }
    }

    /// Wakes all callers, because the exchange has ended.
    final func wakeAll(_ py: borrowing Python) {
        wakeReceivers(py)
        wakeSenders(py)
    }

    /// Makes an operation wait: without a future in the application's own task, for a future in other tasks.
    final func wait(in operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll {
        if directOperation == nil, let future = try runner?.futureToAwait(py) {
            directOperation = operation
            return .suspend(future)
        }
        let future = try context.future(py)
        if operation == Operation.receive {
            receiveWaiters.append(future.owned(py))
        } else {
            drainWaiters.append(future.owned(py))
        }
        return .wait(future)
    }

    /// Called when a caller no longer waits: see `PyPollable`.
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

    /// Adds credit: the consumer has processed bytes.
    ///
    /// - Parameter flags: whether the client is fast or slow.
    final func credit(_ count: Int, flags: Command.Flags, _ py: borrowing Python) {
        window.taken(count)
        if flags.contains(.fastConsumer) { window.widen(from: &context.windowBudget) }
        if flags.contains(.slowConsumer) { window.narrow(into: &context.windowBudget) }
        if window.hasRoom { wakeSenders(py) }
    }

    // MARK: - Many messages in a row

    /// How many messages may be sent before the event loop gets a turn, so that an endless response does not block
    /// other tasks.
    private static let maxSendsInARow = 128

    /// The cost of a refused message.
    static let refusal = 64

    /// Whether the event loop must get a turn.
    ///
    /// - Parameter cost: the cost of the messages just sent.
    @inline(__always)
    final func yields(after cost: Int) -> Bool {
        sendsInARow += cost
        guard sendsInARow > ExchangeState.maxSendsInARow else { return false }
        sendsInARow = 0
        return true
    }

    /// Resets the count, because the event loop gets a turn anyway.
    @inline(__always)
    final func resetSendsInARow() { sendsInARow = 0 }
}
