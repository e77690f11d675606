import CPythonAPI

/// The body of a native coroutine, which an asyncio task runs.
///
/// All methods are called while attached.
public protocol PyCoroutineBody: AnyObject {
    /// Whether a step is being executed. Set by the coroutine, initially `false`. Code called by a step may have the
    /// coroutine, and must not start another step.
    var isExecuting: Bool { get set }

    /// Whether the current thread may execute steps. Asked on free-threaded interpreters only.
    var isOnCurrentThread: Bool { get }

    /// `send(None)`: runs until there is something to wait for, or to the end.
    func resume(_ py: borrowing Python) -> PyStep

    /// `throw(…)`: runs as `resume`, but begins by raising an exception where the coroutine waits.
    ///
    /// - Parameter arguments: the tuple of `throw`'s arguments.
    func resume(throwing arguments: PyRef, _ py: borrowing Python) -> PyStep

    /// `close()`. Not called while a step is executed.
    ///
    /// - Throws: an exception if it cannot be closed now.
    func close(_ py: borrowing Python) throws(PyError)

    /// The wrapped coroutine, for the attributes that debuggers read (`cr_frame`, `__qualname__`).
    func inner(_ py: borrowing Python) -> PyOwned?
}

/// The result of a step of a coroutine.
public enum PyStep: ~Copyable {
    /// It waits for this object, which its task interprets.
    case yields(PyOwned)
    /// It has returned this object.
    case returns(PyOwned)
    /// It has raised the pending exception.
    case raises
}

extension PyReference where Self: ~Copyable & ~Escapable {
    /// Executes `coroutine.send(None)` (`PyIter_Send`, or the method on Python 3.8 and 3.9).
    @inline(__always)
    public func resume(_ names: PyCoroutineType, _ py: borrowing Python) -> PyStep {
        guard let send = unsafe cpython.PyIter_Send else {
            do throws(PyError) {
                return .yields(try callMethod(names.send, py.none, py))
            } catch {
                return PyStep(pending: names, py)
            }
        }
        var result: PyPointer?
        switch unsafe send(raw, py.none.raw, &result) {
        case 0: return unsafe .returns(PyOwned(stealing: result!))
        case 1: return unsafe .yields(PyOwned(stealing: result!))
        default: return .raises
        }
    }

    /// Executes `coroutine.throw(*arguments)`.
    public func resume(
        _ names: PyCoroutineType, throwing arguments: borrowing some PyAny, _ py: borrowing Python
    ) -> PyStep {
        do throws(PyError) {
            let method = try attribute(names.throwing, py)
            return unsafe .yields(try PyOwned(orThrow: cpython.PyObject_Call(method.raw, arguments.raw, nil)))
        } catch {
            return PyStep(pending: names, py)
        }
    }
}

extension PyStep {
    /// Converts the exception that `send` or `throw` has raised: StopIteration means the end, with the result as its
    /// value.
    init(pending names: PyCoroutineType, _ py: borrowing Python) {
        guard PyError.matches(.stopIteration, py) else {
            self = .raises
            return
        }
        let stop = PyError.take(py)
        do throws(PyError) {
            self = .returns(try stop.attribute(names.value, py))
        } catch {
            self = .raises
        }
    }
}

/// The Python type of native coroutines, registered as a `collections.abc.Coroutine` for asyncio.
///
/// `@safe` because the type lives as long as the process.
@safe public struct PyCoroutineType {
    private let type: OpaquePointer
    let send, throwing, value: PyKept

    /// Makes the type. Once per process, after `PyLayout.read`.
    ///
    /// - Throws: what CPython raises.
    public init(name: StaticString, _ py: borrowing Python) throws(PyError) {
        unsafe type = try unsafe makeCoroutineType(name, py)
        send = try PyOwned.interned("send", py).kept()
        throwing = try PyOwned.interned("throw", py).kept()
        value = try PyOwned.interned("value", py).kept()
        // `asyncio.iscoroutine` checks for this class.
        let abc = try unsafe PyOwned(orThrow: cpython.PyImport_ImportModule("collections.abc"))
        let own = unsafe PyRef(UnsafeMutableRawPointer(type).assumingMemoryBound(to: PyObject.self))
        _ = try abc.attribute("Coroutine", py).attribute("register", py).call(own, py)
    }

    /// A coroutine with a body, which it retains.
    ///
    /// - Throws: `MemoryError`.
    public func make(_ body: some PyCoroutineBody, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard let object = unsafe cpython._PyObject_New(type) else { throw .pending }
        unsafe bodyPlace(object).initialize(to: body)
        return unsafe PyOwned(stealing: object)
    }
}

/// The address of the body: the type's size is the header's plus this reference's.
@inline(__always)
private func bodyPlace(_ object: PyPointer) -> UnsafeMutablePointer<(any PyCoroutineBody)?> {
    unsafe (UnsafeMutableRawPointer(object) + PyLayout.objectHeaderSize).assumingMemoryBound(
        to: (any PyCoroutineBody)?.self)
}

/// The body, if a step may be executed now; otherwise an exception is set.
@inline(__always)
private func idleBody(_ object: PyPointer?, _ py: borrowing Python) -> (any PyCoroutineBody)? {
    guard let body = unsafe bodyPlace(object!).pointee else {
        _ = PyError.raise(.runtime, "the coroutine was not made by the host", py)
        return nil
    }
    // Checked before `isExecuting`, which only that thread writes.
    guard unsafe !PyLayout.isFreeThreaded || body.isOnCurrentThread else {
        _ = PyError.raiseWrongThread(py)
        return nil
    }
    guard !body.isExecuting else {
        _ = PyError.raise(.value, "coroutine already executing", py)
        return nil
    }
    return body
}

@inline(__always)
private func step(_ object: PyPointer?, _ py: borrowing Python, _ take: (any PyCoroutineBody) -> PyStep) -> PyStep {
    guard let body = unsafe idleBody(object, py) else { return .raises }
    body.isExecuting = true
    defer { body.isExecuting = false }
    return take(body)
}

private func makeCoroutineType(_ name: StaticString, _ py: borrowing Python) throws(PyError) -> OpaquePointer {
    let methods = unsafe methodTable([
        ("send", { object, _ in unsafe coroutineNext(object) }, METH_O), unsafe ("throw", coroutineThrow, METH_VARARGS),
        unsafe ("close", coroutineClose, METH_NOARGS),
    ])
    var slots: [PyType_Slot] = unsafe [
        typeSlot(Py_tp_dealloc, coroutineDeallocate), typeSlot(Py_am_await, itself), typeSlot(Py_tp_iter, itself),
        typeSlot(Py_tp_iternext, coroutineNext), typeSlot(Py_tp_getattro, coroutineAttribute),
        PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(methods)),
    ]
    if unsafe PyLayout.version >= (3, 10) { unsafe slots.append(typeSlot(amSend, coroutineSend)) }
    return try unsafe makeType(name, stateSize: MemoryLayout<(any PyCoroutineBody)?>.size, slots, py)
}

private let coroutineDeallocate: @convention(c) (PyPointer?) -> Void = { object in
    guard let object = unsafe object else { return }
    unsafe bodyPlace(object).deinitialize(count: 1)
    unsafe free(object)
}

private let coroutineNext: @convention(c) (PyPointer?) -> PyPointer? = { object in
    unsafe Python.assumeAttached(because: "called by CPython") { py in
        unsafe asIterator(step(object, py) { $0.resume(py) }, py)
    }
}

private let coroutineSend: SendFunction = { object, _, result in
    Python.assumeAttached(because: "called by CPython") { py in
        switch unsafe step(object, py, { $0.resume(py) }) {
        case .yields(let awaited):
            unsafe result!.pointee = awaited.take()
            return sendNext
        case .returns(let value):
            unsafe result!.pointee = value.take()
            return sendReturn
        case .raises:
            unsafe result!.pointee = nil
            return sendError
        }
    }
}

private let coroutineThrow: PyCFunction = { object, arguments in
    unsafe Python.assumeAttached(because: "called by CPython") { py in
        unsafe asIterator(step(object, py) { unsafe $0.resume(throwing: PyRef(arguments!), py) }, py)
    }
}

private let coroutineClose: PyCFunction = { object, _ in
    unsafe Python.enter { py throws(PyError) in
        guard let body = unsafe idleBody(object, py) else { throw .pending }
        body.isExecuting = true
        defer { body.isExecuting = false }
        try body.close(py)
        return py.none.owned(py)
    }
}

private let coroutineAttribute: @convention(c) (PyPointer?, PyPointer?) -> PyPointer? = { object, name in
    if let found = unsafe cpython.PyObject_GenericGetAttr(object, name) { return unsafe found }
    guard let body = unsafe bodyPlace(object!).pointee, unsafe !PyLayout.isFreeThreaded || body.isOnCurrentThread,
        let inner = Python.assumeAttached(because: "called by CPython", { py in body.inner(py) })
    else { return nil }
    // The name may be a str with code of its own, which may end the coroutine inside: this has its own reference.
    return unsafe Python.enter { py throws(PyError) in
        PyError.clear(py)
        return try unsafe PyOwned(orThrow: cpython.PyObject_GetAttr(inner.raw, name))
    }
}

private func typeSlot(
    _ number: Int32, _ function: @convention(c) (PyPointer?, PyPointer?) -> PyPointer?
) -> PyType_Slot {
    unsafe PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
}

/// The result of a step in the form that iterators have: NULL with StopIteration at the end.
private func asIterator(_ step: consuming PyStep, _ py: borrowing Python) -> PyPointer? {
    switch consume step {
    case .yields(let awaited): return unsafe awaited.take()
    case .returns(let value):
        unsafe stopIteration(value.take(), py)
        return nil
    case .raises: return nil
    }
}
