import CPythonAPI

/// The slot number of am_send, which the limited API's headers have from 3.10 on.
let amSend: Int32 = 81
/// The results of am_send (`PySendResult`).
let sendReturn: Int32 = 0
let sendError: Int32 = -1
let sendNext: Int32 = 1

typealias SendFunction =
    @convention(c) (PyPointer?, PyPointer?, UnsafeMutablePointer<PyPointer?>?) -> Int32

/// Makes the type of awaitables (`PyType_FromSpec`).
func makeAwaitableType(
    _ name: StaticString, _ py: borrowing Python
) throws(PyError) -> OpaquePointer {
    let methods = unsafe methodTable([
        ("send", { object, _ in unsafe next(object) }, METH_O), unsafe ("throw", throwInto, METH_VARARGS),
        unsafe ("close", close, METH_NOARGS),
    ])
    var slots: [PyType_Slot] = unsafe [
        typeSlot(Py_tp_dealloc, deallocate), typeSlot(Py_am_await, itself),
        typeSlot(Py_tp_iter, itself),
        typeSlot(Py_tp_iternext, next),
        PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(methods)),
    ]
    if unsafe PyLayout.version >= (3, 10) { unsafe slots.append(typeSlot(amSend, send)) }
    return try unsafe makeType(name, stateSize: MemoryLayout<State>.size, slots, py)
}

/// Makes a type whose objects have a state after their header, and which Python code cannot instantiate
/// (`PyType_FromSpec`).
///
/// On Python 3.8 and 3.9 an application can change the type so that it can be instantiated. Such objects have a state
/// of zeros, which the type's functions must handle.
/// - Parameters:
///   - stateSize: the size of the state in bytes.
///   - slots: the type's functions.
func makeType(
    _ name: StaticString, stateSize: Int, _ slots: [PyType_Slot], _ py: borrowing Python
) throws(PyError) -> OpaquePointer {
    // `object.__new__` refuses types that have their own `tp_new`.
    let refusal = unsafe PyType_Slot(
        slot: Py_tp_new, pfunc: unsafeBitCast(refuseToMake, to: UnsafeMutableRawPointer.self))
    var slots = unsafe slots + [refusal, PyType_Slot()]
    let type = unsafe slots.withUnsafeMutableBufferPointer { slots in
        var spec = unsafe PyType_Spec()
        unsafe spec.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        unsafe spec.basicsize = Int32(PyLayout.objectHeaderSize + stateSize)
        // Py_TPFLAGS_DEFAULT of the limited API: HAVE_VERSION_TAG and bit 18, which older versions always set.
        unsafe spec.flags = 1 << 18
        // Py_TPFLAGS_IMMUTABLETYPE.
        if unsafe PyLayout.version >= (3, 10) { unsafe spec.flags |= 1 << 8 }
        unsafe spec.slots = slots.baseAddress
        return unsafe cpython.PyType_FromSpec(&spec)
    }
    let made = try unsafe PyOwned(orThrow: type)
    return unsafe OpaquePointer(made.take())
}

func typeSlot(_ number: Int32, _ function: @convention(c) (PyPointer?) -> PyPointer?) -> PyType_Slot {
    unsafe PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
}

func typeSlot(_ number: Int32, _ function: @convention(c) (PyPointer?) -> Void) -> PyType_Slot {
    unsafe PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
}

func typeSlot(_ number: Int32, _ function: SendFunction) -> PyType_Slot {
    unsafe PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
}

private let refuseToMake: @convention(c) (PyPointer?, PyPointer?, PyPointer?) -> PyPointer? = { _, _, _ in
    unsafe Python.enter { py throws(PyError) in
        throw PyError.raise(.type, "only the host makes objects of this type", py)
    }
}

private let deallocate: @convention(c) (PyPointer?) -> Void = { object in
    guard let object = unsafe object else { return }
    Python.assumeAttached(because: "CPython frees objects only while attached") { py in
        unsafe State.release(State.at(object), py)
    }
    unsafe free(object)
}

/// Frees the memory of an object of a heap type, and releases its type.
func free(_ object: PyPointer) {
    let type = unsafe cpython.PyObject_Type(object)
    unsafe cpython.PyObject_Free(object)
    // Once for the reference that PyObject_Type has returned, once for the reference of the instance to its type.
    unsafe cpython.Py_DecRef(type)
    unsafe cpython.Py_DecRef(type)
}

let itself: @convention(c) (PyPointer?) -> PyPointer? = { object in
    unsafe cpython.Py_IncRef(object)
    return unsafe object
}

private let next: @convention(c) (PyPointer?) -> PyPointer? = { object in
    unsafe Python.assumeAttached(because: "called by CPython") { py in
        switch unsafe State.step(object!, py) {
        case .yields(let future): return unsafe future
        case .raises: return nil
        case .returns(let value):
            unsafe stopIteration(value, py)
            return nil
        }
    }
}

private let send: SendFunction = { object, _, result in
    Python.assumeAttached(because: "called by CPython") { py in
        switch unsafe State.step(object!, py) {
        case .yields(let future):
            unsafe result!.pointee = future
            return sendNext
        case .returns(let value):
            unsafe result!.pointee = value
            return sendReturn
        case .raises:
            unsafe result!.pointee = nil
            return sendError
        }
    }
}

/// Ends an iterator with a result: sets `StopIteration(value)`. For `None` no exception object is needed.
func stopIteration(_ value: PyPointer, _ py: borrowing Python) {
    let value = unsafe PyOwned(stealing: value)
    if value.isNone { return unsafe cpython.PyErr_SetNone(cpython.PyExc_StopIteration) }
    do throws(PyError) {
        // Made here because PyErr_SetObject would use a tuple as the constructor's arguments, and an exception as the
        // instance.
        let exception = try unsafe PyRef(cpython.PyExc_StopIteration).call(value, py)
        unsafe cpython.PyErr_SetObject(cpython.PyExc_StopIteration, exception.raw)
    } catch {
        // Out of memory: that exception is pending instead.
    }
}

/// A table of methods (`send`, `throw`, `close`). It stays allocated forever, as the type needs it.
func methodTable(
    _ entries: [(name: StaticString, function: PyCFunction, flags: Int32)]
) -> UnsafeMutablePointer<PyMethodDef> {
    let methods = unsafe UnsafeMutablePointer<PyMethodDef>.allocate(capacity: entries.count + 1)
    unsafe methods.initialize(repeating: PyMethodDef(), count: entries.count + 1)
    for index in unsafe entries.indices {
        let entry = unsafe entries[index]
        unsafe methods[index].ml_name = UnsafeRawPointer(entry.name.utf8Start).assumingMemoryBound(
            to: CChar.self)
        unsafe methods[index].ml_meth = entry.function
        unsafe methods[index].ml_flags = entry.flags
    }
    return unsafe methods
}

private let throwInto: PyCFunction = { object, arguments in
    unsafe Python.assumeAttached(because: "called by CPython") { py in
        guard unsafe State.abandon(object!, py) else { return nil }
        // throw(type[, value[, traceback]]) or throw(instance).
        guard let first = unsafe cpython.PyTuple_GetItem(arguments, 0) else { return nil }
        let value = unsafe cpython.PyTuple_Size(arguments) > 1 ? cpython.PyTuple_GetItem(arguments, 1) : nil
        if unsafe cpython.PyObject_IsInstance(first, cpython.PyExc_BaseException) == 1 {
            _ = unsafe PyError.raise(instance: PyRef(first), py)
        } else if let value = unsafe value, unsafe value != py.none.raw {
            unsafe cpython.PyErr_SetObject(first, value)
        } else {
            unsafe cpython.PyErr_SetNone(first)
        }
        return nil
    }
}

private let close: PyCFunction = { object, _ in
    unsafe Python.assumeAttached(because: "called by CPython") { py in
        unsafe State.abandon(object!, py) ? py.none.owned(py).take() : nil
    }
}
