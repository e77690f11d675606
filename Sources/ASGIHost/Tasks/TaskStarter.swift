import CPythonAPI
import PythonAPI

/// Starts coroutines inside real asyncio tasks, at once.
///
/// An application that does not suspend has answered when its task is made, without a turn of the event loop
/// (154,000 against 106,000 requests a second for a task that waits for its turn). Python 3.12 and later can do this
/// (`eager_start`); before, the step that the new task gives to `loop.call_soon` is caught and run in its context.
///
/// A structure of the loop's context, which is not retained for each use; one that could be copied would be (hello: 11,270
/// instead of 10,550 instructions).
struct TaskStarter: ~Copyable {
    private let loop: PyRef
    /// The loop's own attributes, where it can have some.
    private let attributes: PyRef?
    private let names: Names
    private let task: PyRef
    private let taskName: PyRef
    private let keywords: PyRef
    private let isEager: Bool
    private let coroutineType: PyRef
    private let awaiting: PyRef
    private let capture: PyRef
    private let captured: Captured
    private let coroutines: PyCoroutineType
    private let currentTask: PyRef
    /// The current task of each loop; where `current_task` is written in Python, which asks this dict with a thousand
    /// instructions around it.
    private let currentTasks: PyRef?
    private let retrieve: PyRef
    private let doorbell, enterTask, leaveTask: PyRef

    /// What the task wanted the loop to call.
    private final class Captured {
        var step: PyPointer?
        var context: PyPointer?
        /// What `loop.call_soon` is otherwise, while it is stood in for.
        var plain: PyRef?
        /// The type of a task's steps, known from the first one on.
        var stepType: PyRef?

        /// Whether this is what a task calls.
        func expects(_ step: PyRef, _ py: borrowing Python) throws(PyError) -> Bool {
            guard let stepType else {
                stepType = PyRef(try PyOwned(orThrow: cpython.PyObject_Type(step.raw)).take())
                return true
            }
            return step.isExactly(stepType, py)
        }
    }

    init(
        loop: PyRef, names: Names, bootstrap: Bootstrap, coroutines: PyCoroutineType, _ py: borrowing Python
    ) throws(PyError) {
        let attributes = try bootstrap.call("attributes_of", loop, py)
        let asyncio = try PyOwned(orThrow: cpython.PyImport_ImportModule("asyncio"))
        let task = PyRef(try asyncio.attribute("Task", py).take())
        let currentTask = PyRef(try asyncio.attribute("current_task", py).take())
        // A name of our own: making "Task-1234" costs more than all the rest of the constructor.
        let taskName = PyRef(try PyOwned.string("asgi", py).take())
        let isEager = PyLayout.version >= (3, 12)
        let keywords = try TaskStarter.keywords(isEager ? 4 : 2, py)
        let coroutineType = try bootstrap.object("COROUTINE", py)
        let awaiting = try bootstrap.object("awaiting", py)
        let retrieve = try bootstrap.object("retrieve", py)
        let doorbell = try bootstrap.object("Doorbell", py)
        let tasks = try asyncio.attribute("tasks", py)
        let isCurrentSlow = PyLayout.version < (3, 12)
        let currentTasks = isCurrentSlow ? PyRef(try tasks.attribute("_current_tasks", py).take()) : nil
        let enterTask = PyRef(try tasks.attribute("_enter_task", py).take())
        let leaveTask = PyRef(try tasks.attribute("_leave_task", py).take())
        let captured = Captured()
        let capture = PyRef(try TaskStarter.captureFunction.bound(to: try PyOwned.capsule(captured, py), py).take())
        // At the end: what cannot be copied is made whole or not at all.
        self.loop = loop
        self.attributes = attributes.isNone ? nil : PyRef(attributes.take())
        self.names = names
        self.coroutines = coroutines
        self.task = task
        self.currentTask = currentTask
        self.currentTasks = currentTasks
        self.taskName = taskName
        self.isEager = isEager
        self.keywords = keywords
        self.coroutineType = coroutineType
        self.awaiting = awaiting
        self.retrieve = retrieve
        self.doorbell = doorbell
        self.enterTask = enterTask
        self.leaveTask = leaveTask
        self.captured = captured
        self.capture = capture
    }

    /// The names of what a task is made with, for a vectorcall.
    private static func keywords(_ count: Int, _ py: borrowing Python) throws(PyError) -> PyRef {
        let keywords = try PyOwned(orThrow: cpython.PyTuple_New(count))
        let words: [StaticString] = ["loop", "name", "eager_start", "context"]
        for (index, name) in words.prefix(count).enumerated() {
            _ = cpython.PyTuple_SetItem(keywords.raw, index, try PyOwned.interned(name, py).take())
        }
        return PyRef(keywords.take())
    }

    /// What an application has returned, as a coroutine.
    @inline(__always)
    func coroutine(_ awaitable: consuming PyOwned, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if awaitable.isExactly(coroutineType, py) { return awaitable }
        return try awaiting.call(awaitable, py)
    }

    /// Makes a task of what can be awaited, and runs it until it suspends or returns.
    func start(_ awaitable: consuming PyOwned, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try make(try coroutine(awaitable, py), for: nil, py)
    }

    /// Runs a runner in a task of its own.
    func run(_ runner: TaskRunner, _ py: borrowing Python) {
        do throws(PyError) {
            let task = try make(try coroutines.make(runner, py), for: runner, py)
            runner.started(task.ref, py)
        } catch {
            let exception = PyError.take(py)
            guard runner.isStarted else { return runner.failed(exception, py) }
            // SystemExit and KeyboardInterrupt leave the task as well; their exchange has ended with them.
        }
    }

    private func make(
        _ coroutine: consuming PyOwned, for runner: TaskRunner?, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        if isEager {
            let variables = try PyOwned(orThrow: cpython.PyContext_CopyCurrent())
            runner?.prepare(nil, variables: variables.ref)
            return try task.call(coroutine, named: keywords, (loop, taskName, py.bool(true), variables.ref), py)
        }
        // Armed only around the constructor: everything else that calls call_soon gets the loop's own, or what an
        // application has put in its place.
        let replaced = try attributes?.item(names.callSoon, py)?.owned(py).take()
        let plain = try loop.attribute(names.callSoon, py)
        captured.plain = plain.ref
        try loop.setAttribute(names.callSoon, capture, py)
        let made = construct(coroutine, py)
        // Deleting (a NULL value) shows the class' method again. It cannot fail: the attribute was set above.
        _ = cpython.PyObject_SetAttr(loop.raw, names.callSoon.raw, replaced)
        captured.plain = nil
        if let replaced { _ = PyOwned(stealing: replaced) }
        _ = consume plain
        let step = captured.step.map { PyRef($0) }
        let variables = captured.context.map { PyRef($0) }
        captured.step = nil
        captured.context = nil
        defer {
            if let step { _ = PyOwned(stealing: step.raw) }
            if let variables { _ = PyOwned(stealing: variables.raw) }
        }
        guard let made else { throw .pending }
        let task = PyOwned(stealing: made)
        if let step, let variables {
            runner?.prepare(task.ref, variables: variables)
            _ = try variables.callMethod(names.run, step, py)
        }
        return task
    }

    private func construct(_ coroutine: borrowing PyOwned, _ py: borrowing Python) -> PyPointer? {
        do throws(PyError) {
            return try task.call(coroutine, named: keywords, (loop, taskName, py.none, py.none), py).take()
        } catch {
            return nil
        }
    }

    /// Stands in for `call_soon(callback, *args, context=None)` while a task is made.
    private static let captureFunction = PyFunction.anyArguments("call_soon") { capsule, arguments, count, names in
        Python.enter { py throws(PyError) in
            let captured = PyRef(capsule!).object(as: Captured.self)
            guard let arguments, count >= 1, names != nil, let step = arguments[0], let context = arguments[count],
                captured.step == nil, try captured.expects(PyRef(step), py)
            else {
                // Another one's: the collector runs anything at any time.
                guard let plain = captured.plain else {
                    throw PyError.raise(.runtime, "a task was not started as asyncio's tasks are", py)
                }
                return try plain.call(arguments, count: count, names: names, py)
            }
            captured.step = PyRef(step).owned(py).take()
            captured.context = PyRef(context).owned(py).take()
            return py.none.owned(py)
        }
    }

    // MARK: - Going on inside a task

    /// Whether an application can be resumed by the host.
    var canResume: Bool { cpython.PyContext_Enter != nil && cpython.PyContext_Exit != nil }

    /// The task that runs now, or `None`.
    @inline(__always)
    func current(_ py: borrowing Python) throws(PyError) -> PyOwned {
        guard let currentTasks else { return try currentTask.call(loop, py) }
        return try currentTasks.ownedItem(loop, py) ?? py.none.owned(py)
    }

    func makeDoorbell(_ py: borrowing Python) throws(PyError) -> PyOwned { try doorbell.call(loop, py) }

    /// Makes a task the current one, and its context the current context, as its own step does (asyncio, "Extending").
    ///
    /// - Returns: `false` where that cannot be now: another task runs.
    func enter(_ task: borrowing some PyAny, _ variables: PyRef, _ py: borrowing Python) throws(PyError) -> Bool {
        do throws(PyError) {
            _ = try enterTask.call(loop, task, py)
        } catch {
            guard PyError.matches(PyRef(cpython.PyExc_RuntimeError), py) else { throw error }
            PyError.clear(py)
            return false
        }
        guard cpython.PyContext_Enter(variables.raw) == 0 else {
            PyError.clear(py)
            _ = try leaveTask.call(loop, task, py)
            return false
        }
        return true
    }

    /// Takes `enter` back.
    func leave(_ task: borrowing some PyAny, _ variables: PyRef, _ py: borrowing Python) throws(PyError) {
        guard cpython.PyContext_Exit(variables.raw) == 0 else { throw .pending }
        _ = try leaveTask.call(loop, task, py)
    }

    /// The current task is going to raise what was reported already: asyncio need not say that nobody has asked.
    func willRaise(_ py: borrowing Python) throws(PyError) {
        _ = try current(py).callMethod(names.addDoneCallback, retrieve, py)
    }
}
