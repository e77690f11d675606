import CPythonAPI

/// The Python type of what `receive()` and `send()` return: a coroutine in everything but its code object.
///
/// It can be awaited, and wrapped by `create_task`, `wait_for`, `shield` and `gather`: `asyncio.iscoroutine` asks for
/// `__await__`, `send`, `throw` and `close`. When nothing has to be waited for it completes at its first step, without a
/// future and without a turn of the event loop.
public struct PyAwaitableType {
    private let type: OpaquePointer
    private let done: PyPointer

    /// Makes the type; once per process, after `PyLayout.read`.
    public init(name: StaticString, _ py: borrowing Python) throws(PyError) {
        let type = try makeAwaitableType(name, py)
        let done = try State.make(type, py)
        State.at(done).pointee.operation = State.alwaysDone
        self.type = type
        self.done = done
    }

    /// The awaitable that is complete already and gives `None`: one object for all, since it has no state.
    @inline(__always)
    public func completed(_ py: borrowing Python) -> PyOwned { PyRef(done).owned(py) }

    /// An awaitable that gives the event loop a turn, and then `None`.
    public func givingWay(_ py: borrowing Python) throws(PyError) -> PyOwned {
        let object = try State.make(type, py)
        State.at(object).pointee.operation = State.givesNone
        State.at(object).pointee.givesWay = true
        return PyOwned(stealing: object)
    }

    /// An awaitable that polls `target`, beginning when it is awaited.
    ///
    /// Nothing is taken before: one that is dropped or cancelled first loses no message.
    /// - Parameter givesWay: the event loop has a turn first.
    @inline(__always)
    public func polling(
        _ target: some PyPollable, _ operation: Int, givesWay: Bool = false, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let object = try State.make(type, py)
        State.at(object).pointee.target = target
        State.at(object).pointee.operation = operation
        State.at(object).pointee.givesWay = givesWay
        return PyOwned(stealing: object)
    }

    /// An awaitable that raises the pending exception when it is awaited.
    ///
    /// - Parameter givesWay: the event loop has a turn first.
    public func raising(
        _ error: PyError, givesWay: Bool = false, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let exception = PyError.take(py)
        let object = try State.make(type, py)
        State.at(object).pointee.exception = exception.take()
        State.at(object).pointee.givesWay = givesWay
        return PyOwned(stealing: object)
    }
}

/// The state behind the object's head. Plain memory of the object, touched only while attached.
struct State {
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
    /// A step is being taken: what it calls may have this object, and must not take another one inside of it.
    var isExecuting = false
    /// The first step only gives the event loop a turn.
    var givesWay = false

    @inline(__always)
    static func at(_ object: PyPointer) -> UnsafeMutablePointer<State> {
        // The type's size is the head's plus this state's, so the state begins where the head ends.
        (UnsafeMutableRawPointer(object) + PyLayout.headSize).assumingMemoryBound(to: State.self)
    }

    @inline(__always)
    static func make(_ type: OpaquePointer, _ py: borrowing Python) throws(PyError) -> PyPointer {
        guard let object = cpython._PyObject_New(type) else { throw .pending }
        at(object).initialize(to: State())
        return object
    }

    enum Step {
        case yields(PyPointer)
        case returns(PyPointer)
        case raises
    }

    /// One step of the coroutine: what `send(None)` does.
    static func step(_ object: PyPointer, _ py: borrowing Python) -> Step {
        let state = at(object)
        if state.pointee.operation == alwaysDone {
            cpython.Py_IncRef(py.none.raw)
            return .returns(py.none.raw)
        }
        if !canGoOn(state, py) { return .raises }
        if state.pointee.isFinished {
            _ = PyError.raise(.runtime, "cannot reuse already awaited receive() or send()", py)
            return .raises
        }
        if state.pointee.givesWay {
            state.pointee.givesWay = false
            return .yields(py.none.owned(py).take())
        }
        if let exception = state.pointee.exception {
            state.pointee.isFinished = true
            state.pointee.exception = nil
            _ = PyError.raise(instance: PyOwned(stealing: exception), py)
            return .raises
        }
        state.pointee.isExecuting = true
        defer { state.pointee.isExecuting = false }
        do throws(PyError) {
            return try advance(state, py)
        } catch {
            state.pointee.isFinished = true
            release(state, py)
            return .raises
        }
    }

    /// Whether no step is being taken, as CPython says it of coroutines; otherwise an exception is set.
    static func canGoOn(_ state: UnsafeMutablePointer<State>, _ py: borrowing Python) -> Bool {
        guard state.pointee.isExecuting else { return true }
        _ = PyError.raise(.value, "receive() or send() already executing", py)
        return false
    }

    /// `throw` and `close`: it is over, unless it is the one that all share.
    ///
    /// - Returns: `false` when a step is being taken; then an exception is set.
    static func abandon(_ object: PyPointer, _ py: borrowing Python) -> Bool {
        let state = at(object)
        if state.pointee.operation == alwaysDone { return true }
        guard canGoOn(state, py) else { return false }
        state.pointee.isFinished = true
        release(state, py)
        return true
    }

    private static func advance(
        _ state: UnsafeMutablePointer<State>, _ py: borrowing Python
    ) throws(PyError) -> Step {
        state.pointee.isSuspended = false
        while true {
            if let iterator = state.pointee.iterator {
                if let future = cpython.PyIter_Next(iterator) { return .yields(future) }
                // A future that was cancelled raises here; that is the awaiting task's exception.
                if cpython.PyErr_Occurred() != nil { throw .pending }
                stopWaiting(state)
            }
            guard let target = state.pointee.target else {
                if state.pointee.operation == givesNone {
                    state.pointee.isFinished = true
                    return .returns(py.none.owned(py).take())
                }
                throw PyError.raise(.runtime, "receive() or send() was made by hand", py)
            }
            switch try target.poll(state.pointee.operation, py) {
            case .ready(let value):
                state.pointee.isFinished = true
                let result = value.take()
                release(state, py)
                return .returns(result)
            case .suspend(let awaited):
                state.pointee.isSuspended = true
                return .yields(awaited.take())
            case .wait(let future):
                state.pointee.iterator = try PyOwned(orThrow: cpython.PyObject_GetIter(future.raw)).take()
                state.pointee.future = future.take()
            }
        }
    }

    // What is let go may run code that comes back here: it is out of the state before.
    private static func stopWaiting(_ state: UnsafeMutablePointer<State>) {
        let (iterator, future) = (state.pointee.iterator, state.pointee.future)
        state.pointee.iterator = nil
        state.pointee.future = nil
        if let iterator { cpython.Py_DecRef(iterator) }
        if let future { cpython.Py_DecRef(future) }
    }

    /// Lets everything go: at the end, when the awaitable is closed or thrown into, and when it is freed.
    static func release(_ state: UnsafeMutablePointer<State>, _ py: borrowing Python) {
        let (target, exception) = (state.pointee.target, state.pointee.exception)
        state.pointee.target = nil
        state.pointee.exception = nil
        if state.pointee.future != nil || state.pointee.isSuspended, let target {
            state.pointee.isSuspended = false
            target.abandon(state.pointee.operation, waitingFor: state.pointee.future.map { PyRef($0) }, py)
        }
        stopWaiting(state)
        if let exception { cpython.Py_DecRef(exception) }
    }
}
