import PythonAPI

/// The coroutine of a request's task: it calls the application in the task's context, and drives its coroutine.
final class TaskRunner: PyCoroutineBody {
    /// The exchange, until the first step.
    private var first: (any Exchange)?
    let table: ExchangeTable
    let context: LoopContext
    /// The task that runs this coroutine. The task owns this object, not the reverse.
    var task: PyIdentity?
    /// The task's context.
    private(set) var variables: PyOwned?
    /// The exchange whose application waits in the task, and the application's coroutine.
    private(set) var exchange: (any Exchange)?
    private(set) var coroutine: PyOwned?
    /// The future that the task waits for while the application waits in `receive()` or `send()`; made once.
    var future: PyOwned?
    /// Whether the application runs now, driven by this object.
    private(set) var isStepping = false
    /// Whether the first step has begun.
    private(set) var isStarted = false
    /// Whether a step of the task is running.
    var isExecuting = false
    /// The outcome that the task receives with its next step.
    var outcome: Outcome?

    private var hasOutcome: Bool {
        switch outcome {
        case .some: true
        case .none: false
        }
    }

    /// The outcome of an application's step.
    enum Outcome: ~Copyable {
        case yielded(PyOwned)
        case returned
        case raised(PyOwned)

        /// Whether the application waits.
        var isWaiting: Bool {
            switch self {
            case .yielded: true
            case .returned: false
            case .raised: false
            }
        }

        /// Whether the application waits for this object.
        func isWaiting(for object: borrowing some PyAny) -> Bool {
            switch self {
            case .yielded(let awaited): awaited.isSame(as: object)
            case .returned: false
            case .raised: false
            }
        }
    }

    /// Makes a runner for an exchange that has begun.
    init(_ exchange: any Exchange) {
        first = exchange
        table = exchange.table
        context = exchange.context
    }

    /// Called before the task runs in this context.
    ///
    /// - Parameter task: the task, if it is known before its first step.
    func prepare(_ task: PyIdentity?, variables: borrowing PyOwned, _ py: borrowing Python) {
        self.task = task
        self.variables = variables.owned(py)
    }

    /// Called after the task was made and has run its first step.
    func started(_ task: consuming PyOwned, _ py: borrowing Python) {
        guard let exchange else { return }
        self.task = PyIdentity(task)
        exchange.waits(in: task)
    }

    /// Called if the task could not be made.
    func failed(_ exception: consuming PyOwned, _ py: borrowing Python) { first?.end(nil, exception, py) }

    var isOnCurrentThread: Bool { context.isOnCurrentThread }

    func inner(_ py: borrowing Python) -> PyOwned? { coroutine.owned(py) }

    // MARK: - Steps

    func resume(_ py: borrowing Python) -> PyStep {
        guard isDrivenByItsTask(py) else { return .raises }
        if let outcome = outcome.take() { return stepResult(outcome, py) }
        if let coroutine = coroutine.owned(py) {
            return settle(py) { coroutine.resume(context.coroutines, py) }
        }
        guard let first else {
            _ = PyError.raise(.runtime, "cannot reuse already awaited coroutine", py)
            return .raises
        }
        self.first = nil
        isStarted = true
        return stepResult(begin(first, py), py)
    }

    /// Calls the application, and runs it until it waits or ends.
    private func begin(_ exchange: any Exchange, _ py: borrowing Python) -> Outcome {
        guard let called = exchange.call(in: self, py) else { return .returned }
        let outcome = step(exchange, py) { called.resume(context.coroutines, py) }
        if outcome.isWaiting {
            coroutine = consume called
            self.exchange = exchange
        }
        return outcome
    }

    func resume(throwing arguments: PyRef, _ py: borrowing Python) -> PyStep {
        guard isDrivenByItsTask(py) else { return .raises }
        guard let coroutine = coroutine.owned(py) else {
            // The task was cancelled before.
            if hasOutcome {
                _ = outcome.take()
                return .returns(py.none.owned(py))
            }
            _ = PyError.raise(.runtime, "cannot reuse already awaited coroutine", py)
            return .raises
        }
        _ = outcome.take()
        exchange?.resumed()
        return settle(py) { coroutine.resume(context.coroutines, throwing: arguments, py) }
    }

    func close(_ py: borrowing Python) throws(PyError) {
        if coroutine.isPresent || hasOutcome { throw awaitedAlready(py) }
    }

    /// Whether the waiting task takes the step to receive an outcome. Otherwise a Python exception is set.
    ///
    /// The first step is taken before other code can reach the coroutine, and after the last one there is nothing to
    /// do.
    @inline(__always)
    private func isDrivenByItsTask(_ py: borrowing Python) -> Bool {
        guard coroutine.isPresent || hasOutcome else { return true }
        do throws(PyError) {
            let current = try context.tasks.current(py)
            if PyIdentity(current) == task { return true }
            throw awaitedAlready(py)
        } catch {
            return false
        }
    }

    private func awaitedAlready(_ py: borrowing Python) -> PyError {
        PyError.raise(.runtime, "coroutine is being awaited already", py)
    }

    /// Takes a step of the task, and of the application that waits in it.
    private func settle(_ py: borrowing Python, _ resume: () -> PyStep) -> PyStep {
        guard let exchange else { return .returns(py.none.owned(py)) }
        let outcome = step(exchange, py, resume)
        forget(after: outcome, py)
        return stepResult(outcome, py)
    }

    /// Runs the application until it waits, or ends together with its exchange.
    @inline(__always)
    func step(_ exchange: any Exchange, _ py: borrowing Python, _ resume: () -> PyStep) -> Outcome {
        isStepping = true
        let step = resume()
        isStepping = false
        if context.isForked { context.endChild(step, py) }
        switch consume step {
        case .yields(let awaited): return .yielded(awaited)
        case .returns(let result):
            exchange.end(result, nil, py)
            return .returned
        case .raises:
            let exception = PyError.take(py)
            exchange.end(nil, exception.owned(py), py)
            return .raised(exception)
        }
    }

    /// Releases the exchange and the coroutine after the application has ended.
    func forget(after outcome: borrowing Outcome, _ py: borrowing Python) {
        if outcome.isWaiting { return }
        let ended = coroutine.take()
        exchange = nil
        _ = consume ended
    }

    /// Converts an outcome to the step's result for the task.
    private func stepResult(_ outcome: consuming Outcome, _ py: borrowing Python) -> PyStep {
        _ = self.outcome.take()
        switch consume outcome {
        case .yielded(let awaited):
            if let future = future.owned(py), awaited.isSame(as: future) { listen(py) }
            return .yields(awaited)
        case .returned: return .returns(py.none.owned(py))
        case .raised(let exception):
            // The exchange has ended with it. The task ends with the same exception, which was reported already.
            do throws(PyError) {
                try context.tasks.willRaise(py)
            } catch {
                PyError.writeUnraisable(exception, py)
            }
            _ = PyError.raise(instance: exception, py)
            return .raises
        }
    }
}
