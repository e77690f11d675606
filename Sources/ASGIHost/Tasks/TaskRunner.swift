import CPythonAPI
import PythonAPI

/// The coroutine of a task that calls applications: one request's for as long as that waits, and before that any number
/// of requests that never wait, one after the other.
///
/// A task of its own for each costs 1.1 µs, most of it asyncio's bookkeeping. So a batch is carried out inside the first
/// step of one task: each application runs in it, sees it as its current task, and when it returns without having waited
/// and the task is what it was before, bit by bit, the next one runs in it. The first that waits keeps the task; so does
/// one that has left a trace: a reference, a weak one, a callback, a cancellation, a name, a context variable.
final class TaskRunner: PyCoroutineBody {
    /// Until the first step.
    private var first: Exchange?
    private let batch: CommandBatch?
    private let table: ExchangeTable
    private let deadline: UInt64
    private unowned(unsafe) let context: LoopContext
    /// The task that runs this; borrowed from itself.
    private var task: PyRef?
    private var variables: PyRef?
    /// What waits in the task: the exchange, and its application's coroutine, owned.
    private var exchange: Exchange?
    private var coroutine: PyPointer?
    private var awaited: PyPointer?
    private var hasRaised = false
    /// The first step has begun: exchanges end by what happens in it.
    private(set) var isStarted = false

    /// A runner for `first`, and for the requests behind it in a batch, until a time of `AnswerWriter.now()`.
    init(
        _ first: Exchange, then batch: CommandBatch?, of table: ExchangeTable, until deadline: UInt64,
        _ context: LoopContext
    ) {
        self.first = first
        self.batch = batch
        self.table = table
        self.deadline = deadline
        self.context = context
    }

    /// The task's context, where it is known before the task; kept by whoever starts it.
    func prepare(_ task: PyRef?, variables: PyRef) {
        self.task = task
        self.variables = variables
    }

    /// The task is there, and its first step is done.
    func started(_ task: PyRef, _ py: borrowing Python) { exchange?.waits(in: task, py) }

    /// The task could not be made.
    func failed(_ exception: consuming PyOwned, _ py: borrowing Python) { first?.end(nil, exception, py) }

    override var inner: PyRef? { coroutine.map { PyRef($0) } }

    // MARK: - Steps

    override func resume(_ py: borrowing Python) -> PyStep {
        if let coroutine { return settle(PyRef(coroutine).resume(context.coroutines, py), py) }
        guard let first else {
            _ = PyError.raise(.runtime, "cannot reuse already awaited coroutine", py)
            return .raises
        }
        self.first = nil
        isStarted = true
        let isShared = batch != nil && context.tasks.remember(&task, py)
        if serve(first, isShared: isShared, py), let batch {
            // What it says is seen by whoever has started this: there is more, or not.
            _ = table.perform(batch, until: deadline, in: self, py)
        }
        if let awaited {
            self.awaited = nil
            return .yields(PyOwned(stealing: awaited))
        }
        return hasRaised ? .raises : .returns(py.none.owned(py))
    }

    override func resume(throwing arguments: PyRef, _ py: borrowing Python) -> PyStep {
        guard let coroutine else {
            _ = PyError.raise(.runtime, "the task has not begun", py)
            return .raises
        }
        return settle(PyRef(coroutine).resume(context.coroutines, throwing: arguments, py), py)
    }

    override func close(_ py: borrowing Python) {
        guard let coroutine else { return }
        do throws(PyError) {
            _ = try PyRef(coroutine).attribute("close", py).call(py)
        } catch {
            PyError.writeUnraisable(PyRef(coroutine), py)
        }
    }

    /// Runs an application inside the task's first step.
    ///
    /// - Returns: whether the task can serve another one.
    func serve(_ exchange: Exchange, _ py: borrowing Python) -> Bool { serve(exchange, isShared: true, py) }

    private func serve(_ exchange: Exchange, isShared: Bool, _ py: borrowing Python) -> Bool {
        if let called = exchange.call(py) {
            switch called.resume(context.coroutines, py) {
            case .returns(let result): exchange.end(result, nil, py)
            case .yields(let future):
                awaited = future.take()
                coroutine = called.take()
                self.exchange = exchange
                return false
            case .raises:
                raised(exchange, py)
                return false
            }
        }
        return isShared && context.tasks.isUnobserved(task, variables, py)
    }

    /// A step of the application that waits in the task.
    private func settle(_ step: consuming PyStep, _ py: borrowing Python) -> PyStep {
        switch consume step {
        case .yields(let future): return .yields(future)
        case .returns(let result):
            let exchange = takeExchange(py)
            exchange?.end(result, nil, py)
            return .returns(py.none.owned(py))
        case .raises:
            if let exchange = takeExchange(py) { raised(exchange, py) }
            return .raises
        }
    }

    private func takeExchange(_ py: borrowing Python) -> Exchange? {
        if let coroutine { _ = PyOwned(stealing: coroutine) }
        coroutine = nil
        defer { exchange = nil }
        return exchange
    }

    /// The pending exception is the exchange's end, and the task's too, which nobody has to ask for it.
    private func raised(_ exchange: Exchange, _ py: borrowing Python) {
        hasRaised = true
        let exception = PyError.take(py)
        exchange.end(nil, exception.owned(py), py)
        do throws(PyError) {
            try context.tasks.willRaise(py)
        } catch {
            PyError.writeUnraisable(exception.ref, py)
        }
        _ = PyError.raise(instance: exception, py)
    }

    deinit {
        guard let coroutine else { return }
        // Sound because Python frees the coroutine object that keeps this one only while attached.
        Python.assumeAttached(because: "a coroutine is freed by CPython") { _ in _ = PyOwned(stealing: coroutine) }
    }
}
