import PythonAPI

/// Starts coroutines at once, inside real asyncio tasks.
///
/// An application that does not suspend has answered when its task is made, without a turn of the event loop. Python
/// 3.12 and later support this (`eager_start`); in earlier versions the step that the new task passes to
/// `loop.call_soon` is caught and run in its context.
///
/// A struct that cannot be copied, because a copyable one would be retained for each use.
struct TaskStarter: ~Copyable {
    private let loop: PyKept
    private let names: Names
    private let task: PyKept
    /// The keyword arguments of a task. Asyncio only reads them, so one dict serves all tasks.
    private let options: PyKept
    private let contextName: PyKept
    /// Only before Python 3.12.
    private let capture: StepCapture?
    private let coroutineType: PyKept
    private let awaiting: PyKept
    private let coroutines: PyCoroutineType
    private let currentTask: PyKept
    /// The current task of each loop; only for Pythons whose `current_task` is written in Python, where reading the
    /// dict directly is faster.
    private let currentTasks: PyKept?
    private let retrieve: PyKept
    private let reusableFuture, enterTask, leaveTask: PyKept

    init(
        loop: PyKept, names: Names, bootstrap: Bootstrap, coroutines: PyCoroutineType, _ py: borrowing Python
    ) throws(PyError) {
        let asyncio = try PyOwned.module("asyncio", py)
        let task = try asyncio.attribute("Task", py).kept()
        let currentTask = try asyncio.attribute("current_task", py).kept()
        // A fixed name, because making a name like "Task-1234" is the most expensive part of the constructor.
        let options = try PyOwned.dict(py)
        try options.set(try PyOwned.interned("loop", py), loop, py)
        try options.set(try PyOwned.interned("name", py), try PyOwned.string("asgi", py), py)
        let contextName = try PyOwned.interned("context", py)
        let isEager = unsafe PyLayout.version >= (3, 12)
        if isEager { try options.set(try PyOwned.interned("eager_start", py), py.bool(true), py) }
        let capture = isEager ? nil : try StepCapture(loop, names, py)
        let coroutineType = try bootstrap.object("COROUTINE", py).kept()
        let awaiting = try bootstrap.object("awaiting", py).kept()
        let retrieve = try bootstrap.object("retrieve", py).kept()
        let reusableFuture = try bootstrap.object("ReusableFuture", py).kept()
        let tasks = try asyncio.attribute("tasks", py)
        if !isEager { try TaskRegister.install(on: try tasks.attribute("_all_tasks", py), py) }
        let isCurrentSlow = unsafe PyLayout.version < (3, 12)
        let currentTasks = isCurrentSlow ? try tasks.attribute("_current_tasks", py).kept() : nil
        let enterTask = try tasks.attribute("_enter_task", py).kept()
        let leaveTask = try tasks.attribute("_leave_task", py).kept()
        // All stored properties are set at the end, because a noncopyable struct cannot be abandoned half initialized.
        self.loop = loop
        self.names = names
        self.coroutines = coroutines
        self.task = task
        self.currentTask = currentTask
        self.currentTasks = currentTasks
        self.options = options.kept()
        self.contextName = contextName.kept()
        self.coroutineType = coroutineType
        self.awaiting = awaiting
        self.retrieve = retrieve
        self.reusableFuture = reusableFuture
        self.enterTask = enterTask
        self.leaveTask = leaveTask
        self.capture = capture
    }

    /// Wraps the awaitable that an application has returned in a coroutine.
    @inline(__always)
    func coroutine(_ awaitable: consuming PyOwned, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if awaitable.isExactly(coroutineType, py) { return awaitable }
        return try awaiting.call(awaitable, py)
    }

    /// Makes a task of an awaitable, and runs it until it suspends or returns.
    func start(_ awaitable: consuming PyOwned, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try make(try coroutine(awaitable, py), for: nil, py)
    }

    /// Runs a runner in a new task.
    func run(_ runner: TaskRunner, _ py: borrowing Python) {
        do throws(PyError) {
            let task = try make(try coroutines.make(runner, py), for: runner, py)
            runner.started(task, py)
        } catch {
            let exception = PyError.take(py)
            guard runner.isStarted else { return runner.failed(exception, py) }
            // SystemExit and KeyboardInterrupt leave the task as well; their exchange has ended with them.
        }
    }

    private func make(
        _ coroutine: consuming PyOwned, for runner: TaskRunner?, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let arguments = try PyOwned.tuple(count: 1, py)
        arguments.fillTuple(0, with: coroutine, py)
        guard let capture else { return try makeEagerly(arguments, for: runner, py) }
        try capture.arm(py)
        let task: PyOwned
        do throws(PyError) {
            task = try self.task.call(arguments: arguments, named: options, py)
        } catch {
            _ = capture.disarm(py)
            throw error
        }
        let step = capture.disarm(py)
        if let step {
            runner?.prepare(PyIdentity(task), variables: step.variables, py)
            try step.run(py)
        }
        return task
    }

    private func makeEagerly(
        _ arguments: borrowing PyOwned, for runner: TaskRunner?, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let variables = try PyOwned.copiedContext(py)
        runner?.prepare(nil, variables: variables, py)
        try options.set(contextName, variables, py)
        // Only the task may keep the runner. The key exists, so this cannot fail.
        let made: PyOwned
        do throws(PyError) {
            made = try task.call(arguments: arguments, named: options, py)
        } catch {
            try options.set(contextName, py.none, py)
            throw error
        }
        try options.set(contextName, py.none, py)
        return made
    }

    // MARK: - Continuing inside a task

    /// The running task, or `None`.
    @inline(__always)
    func current(_ py: borrowing Python) throws(PyError) -> PyOwned {
        guard let currentTasks else { return try currentTask.call(loop, py) }
        return try currentTasks.ownedItem(loop, py) ?? py.none.owned(py)
    }

    func makeFuture(_ py: borrowing Python) throws(PyError) -> PyOwned { try reusableFuture.call(loop, py) }

    /// Makes a task the current one, and its context the current context, as a step of the task does (asyncio,
    /// "Extending").
    ///
    /// - Returns: `false` if another task is running.
    func enter(
        _ task: borrowing some PyAny, _ variables: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> Bool {
        do throws(PyError) {
            _ = try enterTask.call(loop, task, py)
        } catch {
            guard PyError.matches(.runtime, py) else { throw error }
            PyError.clear(py)
            return false
        }
        do throws(PyError) {
            try variables.enterContext(py)
        } catch {
            PyError.clear(py)
            _ = try leaveTask.call(loop, task, py)
            return false
        }
        return true
    }

    /// Restores the state before `enter`.
    func leave(_ task: borrowing some PyAny, _ variables: borrowing some PyAny, _ py: borrowing Python) throws(PyError)
    {
        try variables.exitContext(py)
        _ = try leaveTask.call(loop, task, py)
    }

    /// Marks an exception that the current task is going to raise as retrieved, because it was reported already.
    func willRaise(_ py: borrowing Python) throws(PyError) {
        _ = try current(py).callMethod(names.addDoneCallback, retrieve, py)
    }
}
