import CPythonAPI

/// The Python type of the awaitables that `receive()` and `send()` return: coroutines without a code object.
///
/// It can be awaited, and passed to `create_task`, `wait_for`, `shield` and `gather`, because `asyncio.iscoroutine`
/// only checks for `__await__`, `send`, `throw` and `close`. If there is nothing to wait for, it completes in its first
/// step, without a future and without a turn of the event loop. `@safe` because the type and the object live as long as
/// the process.
@safe public struct PyAwaitableType {
    private let type: OpaquePointer
    private let done: PyPointer

    /// Makes the type. Once per process, after `PyLayout.read`.
    ///
    /// - Throws: what CPython raises.
    public init(name: StaticString, _ py: borrowing Python) throws(PyError) {
        let type = try unsafe makeAwaitableType(name, py)
        let done = try unsafe State.make(type, py)
        unsafe State.at(done).pointee.operation = State.alwaysDone
        unsafe self.type = type
        unsafe self.done = done
    }

    /// An awaitable that completes at once with `None`. All callers get the same object, because it has no state.
    @inline(__always)
    public func completed(_ py: borrowing Python) -> PyOwned { unsafe PyRef(done).owned(py) }

    /// An awaitable that completes with `None` after one turn of the event loop.
    ///
    /// - Throws: `MemoryError`.
    public func yielding(_ py: borrowing Python) throws(PyError) -> PyOwned {
        let object = try unsafe State.make(type, py)
        unsafe State.at(object).pointee.operation = State.givesNone
        unsafe State.at(object).pointee.yieldsFirst = true
        return unsafe PyOwned(stealing: object)
    }

    /// An awaitable that polls `target` when it is awaited.
    ///
    /// Nothing is polled before, so no message is lost if it is dropped or cancelled first.
    /// - Parameters:
    ///   - target: retained until the awaitable is done.
    ///   - operation: passed to `target.poll`.
    ///   - yieldsFirst: whether it waits for one turn of the event loop before it polls.
    /// - Throws: `MemoryError`.
    @inline(__always)
    public func polling(
        _ target: some PyPollable, _ operation: Int, yieldsFirst: Bool = false, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let object = try unsafe State.make(type, py)
        unsafe State.at(object).pointee.target = target
        unsafe State.at(object).pointee.operation = operation
        unsafe State.at(object).pointee.yieldsFirst = yieldsFirst
        return unsafe PyOwned(stealing: object)
    }

    /// An awaitable that raises the pending exception when it is awaited.
    ///
    /// - Parameter yieldsFirst: whether it waits for one turn of the event loop before it raises.
    /// - Throws: `MemoryError`.
    public func raising(
        _ error: PyError, yieldsFirst: Bool = false, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let exception = PyError.take(py)
        let object = try unsafe State.make(type, py)
        unsafe State.at(object).pointee.exception = exception.take()
        unsafe State.at(object).pointee.yieldsFirst = yieldsFirst
        return unsafe PyOwned(stealing: object)
    }
}

/// The state of an awaitable, stored after the object's header and used only while attached.
///
/// `@safe` because it owns what its pointers point to.
@safe struct State {
    static let alwaysDone = -1
    /// An operation without a target, whose result is `None`.
    static let givesNone = -2

    var target: (any PyPollable)?
    var operation = 0
    /// Owned: the future being waited for, and its `__await__` iterator.
    var future: PyPointer?
    var iterator: PyPointer?
    /// Owned: raised in the first step.
    var exception: PyPointer?
    var isFinished = false
    /// It has yielded an object of its target and was not resumed since.
    var isSuspended = false
    /// Not 0 while a step is executed. Code called by a step may have this object, and must not start another step.
    /// Without a GIL this also keeps other threads out.
    var isExecuting: UInt8 = 0
    /// The first step only yields, for one turn of the event loop.
    var yieldsFirst = false

    @inline(__always)
    static func at(_ object: PyPointer) -> UnsafeMutablePointer<State> {
        // The type's size is the header's plus this state's, so the state follows the header.
        unsafe (UnsafeMutableRawPointer(object) + PyLayout.objectHeaderSize).assumingMemoryBound(to: State.self)
    }

    @inline(__always)
    static func make(_ type: OpaquePointer, _ py: borrowing Python) throws(PyError) -> PyPointer {
        guard let object = unsafe cpython._PyObject_New(type) else { throw .pending }
        unsafe at(object).initialize(to: State())
        return unsafe object
    }

    /// The result of a step. The caller owns the objects. `@safe` because it is destructured at once.
    @safe enum Step {
        case yields(PyPointer)
        case returns(PyPointer)
        case raises
    }

    /// Executes one step of the coroutine, as `send(None)` does.
    static func step(_ object: PyPointer, _ py: borrowing Python) -> Step {
        let state = unsafe at(object)
        if unsafe state.pointee.operation == alwaysDone {
            unsafe cpython.Py_IncRef(py.none.raw)
            return unsafe .returns(py.none.raw)
        }
        guard unsafe begin(state, py) else { return .raises }
        defer { unsafe end(state) }
        if unsafe PyLayout.isFreeThreaded, let target = unsafe state.pointee.target, !target.isOnCurrentThread {
            _ = PyError.raiseWrongThread(py)
            return .raises
        }
        if unsafe state.pointee.isFinished {
            _ = PyError.raise(.runtime, "cannot reuse already awaited receive() or send()", py)
            return .raises
        }
        if unsafe state.pointee.yieldsFirst {
            unsafe state.pointee.yieldsFirst = false
            return unsafe .yields(py.none.owned(py).take())
        }
        if let exception = unsafe state.pointee.exception {
            unsafe state.pointee.isFinished = true
            unsafe state.pointee.exception = nil
            _ = unsafe PyError.raise(instance: PyOwned(stealing: exception), py)
            return .raises
        }
        do throws(PyError) {
            return try unsafe advance(state, py)
        } catch {
            unsafe state.pointee.isFinished = true
            unsafe release(state, py)
            return .raises
        }
    }

    /// Marks that a step is executed. If one is already, an exception is set, as CPython does for coroutines.
    ///
    /// - Returns: whether the step may be executed.
    @inline(__always)
    private static func begin(_ state: UnsafeMutablePointer<State>, _ py: borrowing Python) -> Bool {
        if unsafe PyLayout.isFreeThreaded {
            if unsafe cpython_claim(&state.pointee.isExecuting) != 0 { return true }
        } else if unsafe state.pointee.isExecuting == 0 {
            unsafe state.pointee.isExecuting = 1
            return true
        }
        _ = PyError.raise(.value, "receive() or send() already executing", py)
        return false
    }

    @inline(__always)
    private static func end(_ state: UnsafeMutablePointer<State>) {
        if unsafe PyLayout.isFreeThreaded {
            unsafe cpython_release(&state.pointee.isExecuting)
        } else {
            unsafe state.pointee.isExecuting = 0
        }
    }

    /// Ends the awaitable, for `throw` and `close`. The shared completed one is not changed.
    ///
    /// - Returns: `false`, with an exception set, if a step is being executed.
    static func abandon(_ object: PyPointer, _ py: borrowing Python) -> Bool {
        let state = unsafe at(object)
        if unsafe state.pointee.operation == alwaysDone { return true }
        guard unsafe begin(state, py) else { return false }
        defer { unsafe end(state) }
        unsafe state.pointee.isFinished = true
        unsafe release(state, py)
        return true
    }

    private static func advance(
        _ state: UnsafeMutablePointer<State>, _ py: borrowing Python
    ) throws(PyError) -> Step {
        unsafe state.pointee.isSuspended = false
        while true {
            if let iterator = unsafe state.pointee.iterator {
                if let future = unsafe cpython.PyIter_Next(iterator) { return unsafe .yields(future) }
                // A cancelled future raises here: that is the awaiting task's exception.
                if unsafe cpython.PyErr_Occurred() != nil { throw .pending }
                unsafe stopWaiting(state)
            }
            guard let target = unsafe state.pointee.target else {
                if unsafe state.pointee.operation == givesNone {
                    unsafe state.pointee.isFinished = true
                    return unsafe .returns(py.none.owned(py).take())
                }
                throw PyError.raise(.runtime, "only the host makes awaitables of this type", py)
            }
            switch try unsafe target.poll(state.pointee.operation, py) {
            case .ready(let value):
                unsafe state.pointee.isFinished = true
                let result = unsafe value.take()
                unsafe release(state, py)
                return unsafe .returns(result)
            case .suspend(let awaited):
                unsafe state.pointee.isSuspended = true
                return unsafe .yields(awaited.take())
            case .wait(let future):
                unsafe state.pointee.iterator = try PyOwned(orThrow: cpython.PyObject_GetIter(future.raw)).take()
                unsafe state.pointee.future = future.take()
            }
        }
    }

    // References are removed from the state before they are released, because releasing may run code that comes back
    // here.
    private static func stopWaiting(_ state: UnsafeMutablePointer<State>) {
        let (iterator, future) = unsafe (state.pointee.iterator, state.pointee.future)
        unsafe state.pointee.iterator = nil
        unsafe state.pointee.future = nil
        if let iterator = unsafe iterator { unsafe cpython.Py_DecRef(iterator) }
        if let future = unsafe future { unsafe cpython.Py_DecRef(future) }
    }

    /// Releases everything that the state owns, when the awaitable is done, closed, thrown into or freed.
    static func release(_ state: UnsafeMutablePointer<State>, _ py: borrowing Python) {
        let (target, exception) = unsafe (state.pointee.target, state.pointee.exception)
        unsafe state.pointee.target = nil
        unsafe state.pointee.exception = nil
        if unsafe state.pointee.future != nil || state.pointee.isSuspended, let target {
            unsafe state.pointee.isSuspended = false
            let operation = unsafe state.pointee.operation
            let future: PyRef? = if let future = unsafe state.pointee.future { unsafe PyRef(future) } else { nil }
            // Without a GIL the garbage collector may free the object on any thread.
            if unsafe !PyLayout.isFreeThreaded || target.isOnCurrentThread {
                target.abandon(operation, waitingFor: future, py)
            } else {
                target.abandonFromOtherThread(operation, waitingFor: future, py)
            }
        }
        unsafe stopWaiting(state)
        if let exception = unsafe exception { unsafe cpython.Py_DecRef(exception) }
    }
}
