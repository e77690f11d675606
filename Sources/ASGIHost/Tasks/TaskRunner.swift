import CPythonAPI
import PythonAPI

/// The coroutine of a task that calls applications: one request's for as long as that waits, and before that any number
/// of requests that never wait, one after the other.
///
/// A task of its own for each costs 1.1 µs, most of it asyncio's bookkeeping. So a batch is carried out inside the first
/// step of one task: each application runs in it, sees it as its current task, and when it returns without having waited
/// and the task is what it was before, bit by bit, the next one runs in it. The first that waits keeps the task; so does
/// one that has left a trace: a reference, a weak one, a callback, a cancellation, a name, a context variable.
///
/// A task that has served a whole batch waits for the next one: see `TaskRunner+Waiting.swift`.
final class TaskRunner: PyCoroutineBody {
    /// Until the first step.
    private var first: Exchange?
    private var batch: CommandBatch?
    let table: ExchangeTable
    private var deadline: UInt64
    let context: LoopContext
    /// The task that runs this; borrowed from itself.
    var task: PyRef?
    private var variables: PyRef?
    /// The task's context, from when it first waits; owned.
    private(set) var ownVariables: PyPointer?
    /// What waits in the task: the exchange, and its application's coroutine, owned.
    private(set) var exchange: Exchange?
    private(set) var coroutine: PyPointer?
    /// What the task waits for while the application waits in `receive()` or `send()`, or no batch is there; owned, made
    /// once.
    var bell: PyPointer?
    /// What it looked like when the task waited for it; owned.
    var waitedFor: UnsafeMutableRawPointer?
    /// The task has served a batch and waits for another.
    var isIdle = false
    /// The task while it does, so that it is there whoever ends it; owned.
    var idleTask: PyPointer?
    /// What it looks like then; owned.
    var idleLook: UnsafeMutableRawPointer?
    /// The exchange that the context's variable names; only compared.
    private var entered: UnsafeRawPointer?
    /// It is called next, and the variable need not be set again.
    private var isStillEntered = false
    /// The application runs now, driven by this.
    private(set) var isStepping = false
    /// The first step has begun: exchanges end by what happens in it.
    private(set) var isStarted = false
    /// What the task has to learn with its next step.
    var outcome: Outcome?

    /// What a step of an application came to. The objects are owned.
    enum Outcome {
        case yielded(PyPointer)
        case returned
        case raised(PyPointer)
    }

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
        guard exchange != nil || isIdle else { return }
        self.task = task
        // The context is used again when an application runs in the task: from now on this keeps it.
        if let variables { ownVariables = variables.owned(py).take() }
        exchange?.waits(in: task, py)
        if isIdle { becomeIdle(task, py) }
    }

    /// The task could not be made.
    func failed(_ exception: consuming PyOwned, _ py: borrowing Python) { first?.end(nil, exception, py) }

    override var inner: PyRef? { coroutine.map { PyRef($0) } }

    // MARK: - The context

    /// Says in the task's context which exchange the code that runs from now on belongs to.
    @inline(__always)
    func enter(_ exchange: Exchange, _ capsule: PyRef, _ py: borrowing Python) throws(PyError) {
        let address = UnsafeRawPointer(Unmanaged.passUnretained(exchange).toOpaque())
        if isStillEntered, entered == address {
            isStillEntered = false
            return
        }
        isStillEntered = false
        entered = nil
        try context.enter(capsule, py)
        guard let variables, batch != nil, context.tasks.contexts.isReliable else { return }
        context.tasks.contexts.remember(variables)
        entered = address
    }

    /// The exchange that the context's variable names, for the next request, when it has ended and nobody but the variable
    /// has anything of it: setting the variable costs a tenth of hello's instructions.
    @inline(__always)
    func takeEntered(from pool: inout ExchangePool, _ py: borrowing Python) -> HTTPExchange? {
        guard let entered, let variables, context.tasks.contexts.isUnchanged(variables),
            let exchange = pool.takeLast(entered, context.callMemory, py)
        else { return nil }
        isStillEntered = true
        return exchange
    }

    // MARK: - Steps

    override func resume(_ py: borrowing Python) -> PyStep {
        guard isDrivenByItsTask(py) else { return .raises }
        if let outcome { return tell(outcome, py) }
        if let coroutine {
            return settle(py) { PyRef(coroutine).resume(context.coroutines, py) }
        }
        guard let first else {
            _ = PyError.raise(.runtime, "cannot reuse already awaited coroutine", py)
            return .raises
        }
        self.first = nil
        isStarted = true
        if serveAll(first, py) { waitForBatch(py) }
        return tell(outcome ?? .returned, py)
    }

    /// Runs an application in the task, and those of the batch behind it.
    ///
    /// - Returns: whether the task is as it was, and can serve others.
    private func serveAll(_ first: Exchange, _ py: borrowing Python) -> Bool {
        let isShared = batch != nil && context.tasks.remember(&task, py)
        guard serve(first, isShared: isShared, py), let batch else { return false }
        // That there is more is seen by whoever has started this.
        if case .left = table.perform(batch, in: self, until: deadline, py) { return false }
        return true
    }

    /// Runs applications in the task when it is entered already.
    func serve(_ first: Exchange, then batch: CommandBatch, until deadline: UInt64, _ py: borrowing Python) -> Bool {
        (self.batch, self.deadline) = (batch, deadline)
        return serveAll(first, py)
    }

    override func resume(throwing arguments: PyRef, _ py: borrowing Python) -> PyStep {
        guard isDrivenByItsTask(py) else { return .raises }
        guard let coroutine else {
            // Cancelled while it waits for a batch, or is to end: it ends, and nobody has to be told.
            if isIdle || outcome != nil {
                leaveIdle()
                dropOutcome()
                return .returns(py.none.owned(py))
            }
            _ = PyError.raise(.runtime, "cannot reuse already awaited coroutine", py)
            return .raises
        }
        dropOutcome()
        exchange?.resumed()
        return settle(py) { PyRef(coroutine).resume(context.coroutines, throwing: arguments, py) }
    }

    override func close(_ py: borrowing Python) throws(PyError) {
        if coroutine != nil || isIdle || outcome != nil { throw awaitedAlready(py) }
    }

    /// Whether the task that waits for it takes the step: it has to learn what comes of it. Otherwise an exception is set.
    ///
    /// The first step is taken before anybody else can have the coroutine, and after the last one there is nothing to do.
    @inline(__always)
    private func isDrivenByItsTask(_ py: borrowing Python) -> Bool {
        guard coroutine != nil || isIdle || outcome != nil else { return true }
        do throws(PyError) {
            let current = try context.tasks.current(py)
            if current.raw == task?.raw { return true }
            throw awaitedAlready(py)
        } catch {
            return false
        }
    }

    private func awaitedAlready(_ py: borrowing Python) -> PyError {
        PyError.raise(.runtime, "coroutine is being awaited already", py)
    }

    /// Runs an application inside the task's first step.
    ///
    /// - Returns: whether the task can serve another one.
    func serve(_ exchange: Exchange, _ py: borrowing Python) -> Bool { serve(exchange, isShared: true, py) }

    private func serve(_ exchange: Exchange, isShared: Bool, _ py: borrowing Python) -> Bool {
        if let called = exchange.call(in: self, py) {
            let outcome = step(exchange, py) { called.resume(context.coroutines, py) }
            switch outcome {
            case .returned: break
            case .yielded:
                coroutine = called.take()
                self.exchange = exchange
                fallthrough
            case .raised:
                self.outcome = outcome
                return false
            }
        }
        return isShared && context.tasks.isUnobserved(task, variables, py) && isBellUntouched
    }

    /// A step that the task takes with the application that waits in it.
    private func settle(_ py: borrowing Python, _ resume: () -> PyStep) -> PyStep {
        guard let exchange else { return .returns(py.none.owned(py)) }
        let outcome = step(exchange, py, resume)
        forget(after: outcome, py)
        return tell(outcome, py)
    }

    /// Runs the application until it waits or ends, which is its exchange's end.
    @inline(__always)
    func step(_ exchange: Exchange, _ py: borrowing Python, _ resume: () -> PyStep) -> Outcome {
        isStepping = true
        let step = resume()
        isStepping = false
        if context.isForked { context.endChild(step, py) }
        switch consume step {
        case .yields(let awaited): return .yielded(awaited.take())
        case .returns(let result):
            exchange.end(result, nil, py)
            return .returned
        case .raises:
            let exception = PyError.take(py)
            exchange.end(nil, exception.owned(py), py)
            return .raised(exception.take())
        }
    }

    /// Lets the exchange and the coroutine go when the application has ended.
    func forget(after outcome: Outcome, _ py: borrowing Python) {
        if case .yielded = outcome { return }
        let ended = coroutine
        coroutine = nil
        exchange = nil
        if let ended { _ = PyOwned(stealing: ended) }
    }

    /// What the task sees of a step.
    private func tell(_ outcome: Outcome, _ py: borrowing Python) -> PyStep {
        self.outcome = nil
        switch outcome {
        case .yielded(let awaited):
            if awaited == bell { listen(py) }
            return .yields(PyOwned(stealing: awaited))
        case .returned: return .returns(py.none.owned(py))
        case .raised(let exception):
            // The exchange has ended with it. It is the task's end too, which nobody has to ask for it.
            let exception = PyOwned(stealing: exception)
            do throws(PyError) {
                try context.tasks.willRaise(py)
            } catch {
                PyError.writeUnraisable(exception.ref, py)
            }
            _ = PyError.raise(instance: exception, py)
            return .raises
        }
    }

    deinit {
        waitedFor?.deallocate()
        idleLook?.deallocate()
        // Sound because Python frees the coroutine object that keeps this one only while attached.
        Python.assumeAttached(because: "a coroutine is freed by CPython") { _ in
            for object in [coroutine, bell, ownVariables, idleTask] {
                if let object { _ = PyOwned(stealing: object) }
            }
            dropOutcome()
        }
    }

    private func dropOutcome() {
        switch outcome {
        case .yielded(let object), .raised(let object): _ = PyOwned(stealing: object)
        case .returned, nil: break
        }
        outcome = nil
    }
}
