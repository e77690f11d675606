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
    let table: ExchangeTable
    private let deadline: UInt64
    private unowned(unsafe) let context: LoopContext
    /// The task that runs this; borrowed from itself.
    private var task: PyRef?
    private var variables: PyRef?
    private var ownVariables: PyPointer?
    /// What waits in the task: the exchange, and its application's coroutine, owned.
    private var exchange: Exchange?
    private var coroutine: PyPointer?
    private var awaited: PyPointer?
    private var hasRaised = false
    /// What the task waits for while the application waits in `receive()` or `send()`; owned, made once.
    private var bell: PyPointer?
    /// The application runs now, driven by this.
    private var isStepping = false
    /// What the task is going to learn when it is rung: how a step of the application ended that it did not see.
    private var outcome: Outcome?

    private enum Outcome {
        case yielded(PyPointer)
        case returned
        case raised(PyPointer)
    }
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
    func started(_ task: PyRef, _ py: borrowing Python) {
        guard let exchange else { return }
        self.task = task
        exchange.waits(in: task, py)
        // The context is used again when the application is resumed: from now on this keeps it.
        if let variables { ownVariables = variables.owned(py).take() }
    }

    /// The task could not be made.
    func failed(_ exception: consuming PyOwned, _ py: borrowing Python) { first?.end(nil, exception, py) }

    override var inner: PyRef? { coroutine.map { PyRef($0) } }

    // MARK: - Steps

    override func resume(_ py: borrowing Python) -> PyStep {
        if let outcome { return tell(outcome, py) }
        if let coroutine { return settle(step(PyRef(coroutine), py), py) }
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
        exchange?.resumed()
        isStepping = true
        let step = PyRef(coroutine).resume(context.coroutines, throwing: arguments, py)
        isStepping = false
        return settle(step, py)
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
        if let called = exchange.call(in: self, py) {
            switch step(called.ref, py) {
            case .returns(let result): exchange.end(result, nil, py)
            case .yields(let future):
                if future.raw == bell { listen(py) }
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
        case .yields(let future):
            if future.raw == bell { listen(py) }
            return .yields(future)
        case .returns(let result):
            let exchange = takeExchange(py)
            exchange?.end(result, nil, py)
            return .returns(py.none.owned(py))
        case .raises:
            if let exchange = takeExchange(py) { raised(exchange, py) }
            return .raises
        }
    }

    @inline(__always)
    private func step(_ coroutine: PyRef, _ py: borrowing Python) -> PyStep {
        isStepping = true
        defer { isStepping = false }
        return coroutine.resume(context.coroutines, py)
    }

    // MARK: - Waiting without a future

    /// What an awaitable yields that is awaited by the application's own task; `nil` for another's.
    func doorbell(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        guard isStepping, context.tasks.canResume else { return nil }
        let current = try context.tasks.current(py)
        if task == nil { task = current.ref }
        guard current.raw == task?.raw else { return nil }
        if let bell { return PyRef(bell).owned(py) }
        let made = try context.tasks.makeDoorbell(py)
        bell = made.owned(py).take()
        return made
    }

    /// The task is going to wait for the doorbell.
    private func listen(_ py: borrowing Python) {
        guard let bell else { return }
        do throws(PyError) {
            try PyRef(bell).setAttribute(context.names.futureBlocking, py.bool(true), py)
        } catch {
            PyError.writeUnraisable(PyRef(bell), py)
        }
    }

    /// The application can go on: runs it inside its task, which goes on waiting where the application waits again.
    ///
    /// Called while no task runs. (A future for each message, and asyncio's two callbacks for it, cost 0.9 µs.)
    func goOn(_ py: borrowing Python) {
        guard let exchange, exchange.waitsDirectly, let bell, let coroutine, let task, let ownVariables else { return }
        // The task keeps this object, and all three stay whatever the application does.
        let keptTask = task.owned(py)
        let keptCoroutine = PyRef(coroutine).owned(py)
        let keptBell = PyRef(bell).owned(py)
        do throws(PyError) {
            // Cancelled meanwhile: the task learns of it in a turn of its own.
            if try keptBell.attribute(context.names.callback, py).isNone { return }
            exchange.resumed()
            guard try context.tasks.enter(keptTask, PyRef(ownVariables), py) else { return try ring(keptBell, py) }
            let step = step(keptCoroutine.ref, py)
            let isSame: Bool
            switch consume step {
            case .yields(let future):
                isSame = future.raw == keptBell.raw
                if !isSame { outcome = .yielded(future.take()) }
            case .returns(let result):
                isSame = false
                outcome = .returned
                // In the task's context still.
                takeExchange(py)?.end(result, nil, py)
            case .raises:
                isSame = false
                let exception = PyError.take(py)
                takeExchange(py)?.end(nil, exception.owned(py), py)
                outcome = .raised(exception.take())
            }
            try context.tasks.leave(keptTask, PyRef(ownVariables), py)
            if !isSame { try ring(keptBell, py) }
        } catch {
            context.report(py)
        }
    }

    private func ring(_ bell: borrowing PyOwned, _ py: borrowing Python) throws(PyError) {
        _ = try bell.callMethod(context.names.ring, py)
    }

    /// The task's step behind a ring.
    private func tell(_ outcome: Outcome, _ py: borrowing Python) -> PyStep {
        self.outcome = nil
        switch outcome {
        case .yielded(let future): return .yields(PyOwned(stealing: future))
        case .returned: return .returns(py.none.owned(py))
        case .raised(let exception):
            raise(PyOwned(stealing: exception), py)
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
        raise(exception, py)
    }

    private func raise(_ exception: consuming PyOwned, _ py: borrowing Python) {
        do throws(PyError) {
            try context.tasks.willRaise(py)
        } catch {
            PyError.writeUnraisable(exception.ref, py)
        }
        _ = PyError.raise(instance: exception, py)
    }

    deinit {
        // Sound because Python frees the coroutine object that keeps this one only while attached.
        Python.assumeAttached(because: "a coroutine is freed by CPython") { _ in
            for object in [coroutine, bell, ownVariables] {
                if let object { _ = PyOwned(stealing: object) }
            }
            switch outcome {
            case .yielded(let object), .raised(let object): _ = PyOwned(stealing: object)
            case .returned, nil: break
            }
        }
    }
}
