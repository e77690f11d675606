import CPythonAPI
import PythonAPI

/// Starts an application's coroutine inside a real asyncio task, at once.
///
/// An application that does not suspend has answered when `start` returns, without a turn of the event loop
/// (154,000 against 106,000 requests a second for a task that waits for its turn). Python 3.12 and later can do this
/// (`eager_start`); before, the step that the new task gives to `loop.call_soon` is caught and run in its context.
final class TaskStarter {
    private let loop: PyRef
    private let names: Names
    private let task: PyRef
    private let taskName: PyRef
    private let keywords: PyRef
    private let isEager: Bool
    private let coroutineType: PyRef
    private let awaiting: PyRef
    private let capture: PyRef
    private let captured = Captured()

    /// What the task wanted the loop to call.
    private final class Captured {
        var step: PyPointer?
        var context: PyPointer?
    }

    init(loop: PyRef, names: Names, bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        self.loop = loop
        self.names = names
        isEager = PyLayout.version >= (3, 12)
        let asyncio = try PyOwned(orThrow: cpython.PyImport_ImportModule("asyncio"))
        task = PyRef(try asyncio.attribute("Task", py).take())
        // A name of our own: making "Task-1234" costs more than all the rest of the constructor.
        taskName = PyRef(try PyOwned.string("asgi", py).take())
        let keywords = try PyOwned(orThrow: cpython.PyTuple_New(isEager ? 3 : 2))
        for (index, name) in (["loop", "name", "eager_start"] as [StaticString]).prefix(isEager ? 3 : 2).enumerated() {
            _ = cpython.PyTuple_SetItem(keywords.raw, index, try PyOwned.interned(name, py).take())
        }
        self.keywords = PyRef(keywords.take())
        coroutineType = try bootstrap.object("COROUTINE", py)
        awaiting = try bootstrap.object("awaiting", py)
        let capsule = try PyOwned.capsule(captured, py)
        capture = PyRef(try TaskStarter.captureFunction.bound(to: capsule, py).take())
    }

    /// Makes the task and runs it until the application suspends or returns.
    func start(_ coroutine: consuming PyOwned, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if !coroutine.isExactly(coroutineType, py) {
            coroutine = try awaiting.call(coroutine, py)
        }
        if isEager {
            return try task.call(coroutine, named: keywords, (loop, taskName, py.bool(true)), py)
        }
        // Armed only around the constructor: everything else that calls call_soon gets the loop's own.
        guard cpython.PyObject_SetAttr(loop.raw, names.callSoon.raw, capture.raw) == 0 else { throw .pending }
        let made = cpython_call_task(coroutine.raw, py)
        // Deleting (a NULL value) shows the class' method again. It cannot fail: the attribute was set above.
        _ = cpython.PyObject_SetAttr(loop.raw, names.callSoon.raw, nil)
        let step = captured.step
        let context = captured.context
        captured.step = nil
        captured.context = nil
        guard let made else {
            if let step { cpython.Py_DecRef(step) }
            if let context { cpython.Py_DecRef(context) }
            throw .pending
        }
        if let step, let context {
            let step = PyOwned(stealing: step)
            _ = try PyOwned(stealing: context).callMethod(names.run, step, py)
        }
        return PyOwned(stealing: made)
    }

    private func cpython_call_task(_ coroutine: PyPointer, _ py: borrowing Python) -> PyPointer? {
        do throws(PyError) {
            return try task.call(PyRef(coroutine), named: keywords, (loop, taskName, py.none), py).take()
        } catch {
            return nil
        }
    }

    /// Stands in for `call_soon(callback, *args, context=None)` while a task is made.
    private static let captureFunction = PyFunction.anyArguments("call_soon") { capsule, arguments, count, names in
        Python.enter { py throws(PyError) in
            let captured = PyRef(capsule!).object(as: Captured.self)
            guard let arguments, count >= 1, names != nil, let step = arguments[0], let context = arguments[count],
                captured.step == nil
            else {
                throw PyError.raise(.runtime, "a task was not started as asyncio's tasks are", py)
            }
            captured.step = PyRef(step).owned(py).take()
            captured.context = PyRef(context).owned(py).take()
            return py.none.owned(py)
        }
    }
}
