import CPythonAPI

/// Am_send's slot number: in the limited API's headers from 3.10 on, unknown to 3.8 and 3.9.
let sendSlot: Int32 = 81
/// What am_send returns (`PySendResult`).
let sendReturn: Int32 = 0
let sendError: Int32 = -1
let sendNext: Int32 = 1

typealias SendFunction =
    @convention(c) (PyPointer?, PyPointer?, UnsafeMutablePointer<PyPointer?>?) -> Int32

/// Makes the type of `PyAwaitableType` (`PyType_FromSpec`).
func makeAwaitableType(
    _ name: StaticString, _ py: borrowing Python
) throws(PyError) -> OpaquePointer {
    let methods = methodTable([
        ("send", { object, _ in next(object) }, METH_O), ("throw", throwInto, METH_VARARGS),
        ("close", close, METH_NOARGS),
    ])
    var slots: [PyType_Slot] = [
        slot(Py_tp_dealloc, deallocate), slot(Py_am_await, itself),
        slot(Py_tp_iter, itself),
        slot(Py_tp_iternext, next),
        PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(methods)),
    ]
    if PyLayout.version >= (3, 10) { slots.append(slot(sendSlot, send)) }
    return try makeType(name, stateSize: MemoryLayout<State>.size, slots, py)
}

/// Makes a type whose objects have so many bytes behind their head, and which only the host makes (`PyType_FromSpec`).
///
/// On Python 3.8 and 3.9 an application can change the type so that it makes objects all the same. Their bytes are zero,
/// which has to mean something to the type's functions.
func makeType(
    _ name: StaticString, stateSize: Int, _ slots: [PyType_Slot], _ py: borrowing Python
) throws(PyError) -> OpaquePointer {
    // object.__new__ refuses a type that has a function of its own for it.
    let refusal = PyType_Slot(slot: Py_tp_new, pfunc: unsafeBitCast(refuseToMake, to: UnsafeMutableRawPointer.self))
    var slots = slots + [refusal, PyType_Slot()]
    let type = slots.withUnsafeMutableBufferPointer { slots in
        var spec = PyType_Spec()
        spec.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        spec.basicsize = Int32(PyLayout.headSize + stateSize)
        // Py_TPFLAGS_DEFAULT of the limited API: HAVE_VERSION_TAG and the always-set bit 18 of older versions.
        spec.flags = 1 << 18
        // Py_TPFLAGS_IMMUTABLETYPE.
        if PyLayout.version >= (3, 10) { spec.flags |= 1 << 8 }
        spec.slots = slots.baseAddress
        return cpython.PyType_FromSpec(&spec)
    }
    let made = try PyOwned(orThrow: type)
    return OpaquePointer(made.take())
}

func slot(_ number: Int32, _ function: @convention(c) (PyPointer?) -> PyPointer?) -> PyType_Slot {
    PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
}

func slot(_ number: Int32, _ function: @convention(c) (PyPointer?) -> Void) -> PyType_Slot {
    PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
}

func slot(_ number: Int32, _ function: SendFunction) -> PyType_Slot {
    PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
}

private let refuseToMake: @convention(c) (PyPointer?, PyPointer?, PyPointer?) -> PyPointer? = { _, _, _ in
    Python.enter { py throws(PyError) in throw PyError.raise(.type, "only the host makes objects of this type", py) }
}

private let deallocate: @convention(c) (PyPointer?) -> Void = { object in
    guard let object else { return }
    Python.assumeAttached(because: "CPython frees objects only while attached") { py in
        State.release(State.at(object), py)
    }
    free(object)
}

/// Frees the memory of an object of a heap type.
func free(_ object: PyPointer) {
    let type = cpython.PyObject_Type(object)
    cpython.PyObject_Free(object)
    // PyObject_Type's reference and the one that each instance of a heap type holds.
    cpython.Py_DecRef(type)
    cpython.Py_DecRef(type)
}

let itself: @convention(c) (PyPointer?) -> PyPointer? = { object in
    cpython.Py_IncRef(object)
    return object
}

private let next: @convention(c) (PyPointer?) -> PyPointer? = { object in
    Python.assumeAttached(because: "called by CPython") { py in
        switch State.step(object!, py) {
        case .yields(let future): return future
        case .raises: return nil
        case .returns(let value):
            stopIteration(value, py)
            return nil
        }
    }
}

private let send: SendFunction = { object, _, result in
    Python.assumeAttached(because: "called by CPython") { py in
        switch State.step(object!, py) {
        case .yields(let future):
            result!.pointee = future
            return sendNext
        case .returns(let value):
            result!.pointee = value
            return sendReturn
        case .raises:
            result!.pointee = nil
            return sendError
        }
    }
}

/// How an iterator gives a result: `StopIteration(value)`; without a value no exception object is needed.
func stopIteration(_ value: PyPointer, _ py: borrowing Python) {
    let value = PyOwned(stealing: value)
    if value.isNone { return cpython.PyErr_SetNone(cpython.PyExc_StopIteration) }
    do throws(PyError) {
        // Made here: PyErr_SetObject alone would take a tuple for several arguments and an exception for the instance.
        let exception = try PyRef(cpython.PyExc_StopIteration).call(value, py)
        cpython.PyErr_SetObject(cpython.PyExc_StopIteration, exception.raw)
    } catch {
        // No memory for it: that exception is the pending one.
    }
}

/// The methods `send`, `throw` and `close`, which make an object a coroutine in asyncio's eyes. Kept by the type for ever.
func methodTable(
    _ entries: [(name: StaticString, function: PyCFunction, flags: Int32)]
) -> UnsafeMutablePointer<PyMethodDef> {
    let methods = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: entries.count + 1)
    methods.initialize(repeating: PyMethodDef(), count: entries.count + 1)
    for (index, entry) in entries.enumerated() {
        methods[index].ml_name = UnsafeRawPointer(entry.name.utf8Start).assumingMemoryBound(to: CChar.self)
        methods[index].ml_meth = entry.function
        methods[index].ml_flags = entry.flags
    }
    return methods
}

private let throwInto: PyCFunction = { object, arguments in
    Python.assumeAttached(because: "called by CPython") { py in
        guard State.abandon(object!, py) else { return nil }
        // throw(type[, value[, traceback]]) or throw(instance).
        guard let first = cpython.PyTuple_GetItem(arguments, 0) else { return nil }
        let value = cpython.PyTuple_Size(arguments) > 1 ? cpython.PyTuple_GetItem(arguments, 1) : nil
        if cpython.PyObject_IsInstance(first, cpython.PyExc_BaseException) == 1 {
            _ = PyError.raise(instance: PyRef(first), py)
        } else if let value, value != py.none.raw {
            cpython.PyErr_SetObject(first, value)
        } else {
            cpython.PyErr_SetNone(first)
        }
        return nil
    }
}

private let close: PyCFunction = { object, _ in
    Python.assumeAttached(because: "called by CPython") { py in
        State.abandon(object!, py) ? py.none.owned(py).take() : nil
    }
}
