import CPythonAPI

/// The Python type of what `receive()` and `send()` return: a coroutine in everything but its code object.
///
/// It can be awaited, and wrapped by `create_task`, `wait_for`, `shield` and `gather`: `asyncio.iscoroutine` asks for
/// `__await__`, `send`, `throw` and `close`. When nothing has to be waited for it completes at its first step, without a
/// future and without a turn of the event loop.
/// `@safe` because the type and the object live as long as the process.
@safe public struct PyAwaitableType {
    private let type: OpaquePointer
    private let done: PyPointer

    /// Makes the type; once per process, after `PyLayout.read`.
    public init(name: StaticString, _ py: borrowing Python) throws(PyError) {
        let type = try unsafe makeAwaitableType(name, py)
        let done = try unsafe State.make(type, py)
        unsafe State.at(done).pointee.operation = State.alwaysDone
        unsafe self.type = type
        unsafe self.done = done
    }

    /// The awaitable that is complete already and gives `None`: one object for all, since it has no state.
    @inline(__always)
    public func completed(_ py: borrowing Python) -> PyOwned { unsafe PyRef(done).owned(py) }

    /// An awaitable that gives the event loop a turn, and then `None`.
    public func givingWay(_ py: borrowing Python) throws(PyError) -> PyOwned {
        let object = try unsafe State.make(type, py)
        unsafe State.at(object).pointee.operation = State.givesNone
        unsafe State.at(object).pointee.givesWay = true
        return unsafe PyOwned(stealing: object)
    }

    /// An awaitable that polls `target`, beginning when it is awaited.
    ///
    /// Nothing is taken before: one that is dropped or cancelled first loses no message.
    /// - Parameter givesWay: the event loop has a turn first.
    @inline(__always)
    public func polling(
        _ target: some PyPollable, _ operation: Int, givesWay: Bool = false, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let object = try unsafe State.make(type, py)
        unsafe State.at(object).pointee.target = target
        unsafe State.at(object).pointee.operation = operation
        unsafe State.at(object).pointee.givesWay = givesWay
        return unsafe PyOwned(stealing: object)
    }

    /// An awaitable that raises the pending exception when it is awaited.
    ///
    /// - Parameter givesWay: the event loop has a turn first.
    public func raising(
        _ error: PyError, givesWay: Bool = false, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let exception = PyError.take(py)
        let object = try unsafe State.make(type, py)
        unsafe State.at(object).pointee.exception = exception.take()
        unsafe State.at(object).pointee.givesWay = givesWay
        return unsafe PyOwned(stealing: object)
    }
}

/// The state behind the object's head. Plain memory of the object, touched only while attached.
///
/// `@safe` because what it points to, it owns.
@safe struct State {
    static let alwaysDone = -1
    /// An operation without a target: the result is `None`.
    static let givesNone = -2

    var target: (any PyPollable)?
    var operation = 0
    /// Owned: the future that is waited for, and the iterator of its `__await__`.
    var future: PyPointer?
    var iterator: PyPointer?
    /// Owned: raised at the first step.
    var exception: PyPointer?
    var isFinished = false
    /// It has yielded what its target told it to, and was not resumed since.
    var isSuspended = false
    /// Not 0: a step is being taken: what it calls may have this object, and must not take another one inside of it. Without
    /// a GIL it also keeps other threads out.
    var isExecuting: UInt8 = 0
    /// The first step only gives the event loop a turn.
    var givesWay = false

    @inline(__always)
    static func at(_ object: PyPointer) -> UnsafeMutablePointer<State> {
        // The type's size is the head's plus this state's, so the state begins where the head ends.
        unsafe (UnsafeMutableRawPointer(object) + PyLayout.headSize).assumingMemoryBound(to: State.self)
    }

    @inline(__always)
    static func make(_ type: OpaquePointer, _ py: borrowing Python) throws(PyError) -> PyPointer {
        guard let object = unsafe cpython._PyObject_New(type) else { throw .pending }
        unsafe at(object).initialize(to: State())
        return unsafe object
    }

    /// What a step comes to; the objects are the caller's. `@safe` because it is taken apart at once.
    @safe enum Step {
        case yields(PyPointer)
        case returns(PyPointer)
        case raises
    }

    /// One step of the coroutine: what `send(None)` does.
    static func step(_ object: PyPointer, _ py: borrowing Python) -> Step {
        let state = unsafe at(object)
        if unsafe state.pointee.operation == alwaysDone {
            unsafe cpython.Py_IncRef(py.none.raw)
            return unsafe .returns(py.none.raw)
        }
        guard unsafe begin(state, py) else { return .raises }
        defer { unsafe end(state) }
        if unsafe PyLayout.isFreeThreaded, let target = unsafe state.pointee.target, !target.isHere {
            _ = PyError.raiseElsewhere(py)
            return .raises
        }
        if unsafe state.pointee.isFinished {
            _ = PyError.raise(.runtime, "cannot reuse already awaited receive() or send()", py)
            return .raises
        }
        if unsafe state.pointee.givesWay {
            unsafe state.pointee.givesWay = false
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

    /// Begins a step, unless one is being taken, as CPython says it of coroutines; then an exception is set.
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
            unsafe cpython_yield(&state.pointee.isExecuting)
        } else {
            unsafe state.pointee.isExecuting = 0
        }
    }

    /// `throw` and `close`: it is over, unless it is the one that all share.
    ///
    /// - Returns: `false` when a step is being taken; then an exception is set.
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
                // A future that was cancelled raises here; that is the awaiting task's exception.
                if unsafe cpython.PyErr_Occurred() != nil { throw .pending }
                unsafe stopWaiting(state)
            }
            guard let target = unsafe state.pointee.target else {
                if unsafe state.pointee.operation == givesNone {
                    unsafe state.pointee.isFinished = true
                    return unsafe .returns(py.none.owned(py).take())
                }
                throw PyError.raise(.runtime, "receive() or send() was made by hand", py)
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

    // What is let go may run code that comes back here: it is out of the state before.
    private static func stopWaiting(_ state: UnsafeMutablePointer<State>) {
        let (iterator, future) = unsafe (state.pointee.iterator, state.pointee.future)
        unsafe state.pointee.iterator = nil
        unsafe state.pointee.future = nil
        if let iterator = unsafe iterator { unsafe cpython.Py_DecRef(iterator) }
        if let future = unsafe future { unsafe cpython.Py_DecRef(future) }
    }

    /// Lets everything go: at the end, when the awaitable is closed or thrown into, and when it is freed.
    static func release(_ state: UnsafeMutablePointer<State>, _ py: borrowing Python) {
        let (target, exception) = unsafe (state.pointee.target, state.pointee.exception)
        unsafe state.pointee.target = nil
        unsafe state.pointee.exception = nil
        if unsafe state.pointee.future != nil || state.pointee.isSuspended, let target {
            unsafe state.pointee.isSuspended = false
            let operation = unsafe state.pointee.operation
            let future = unsafe state.pointee.future.map { unsafe PyRef($0) }
            // Without a GIL the collector frees what any thread has left behind.
            if unsafe !PyLayout.isFreeThreaded || target.isHere {
                target.abandon(operation, waitingFor: future, py)
            } else {
                target.abandonElsewhere(operation, waitingFor: future, py)
            }
        }
        unsafe stopWaiting(state)
        if let exception = unsafe exception { unsafe cpython.Py_DecRef(exception) }
    }
}
