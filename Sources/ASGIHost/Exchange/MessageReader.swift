import ASGI
import CPythonAPI
import PythonAPI

/// Reads a message that an application has sent, and says what is wrong with it in words for its author.
///
/// The event is borrowed from the caller of `send`, who keeps it alive.
struct MessageReader {
    private let event: PyRef

    // Keys come with each call: whoever keeps `Names` in a value retains them for each message.
    @inline(__always)
    init(_ event: PyRef, _ py: borrowing Python) { self.event = event }

    /// The message's type as UTF-8.
    ///
    /// - Parameter key: `type`.
    @inline(__always)
    func type(_ key: PyRef, _ py: borrowing Python) throws(PyError) -> UnsafeRawBufferPointer {
        guard let found = cpython.PyDict_GetItemWithError(event.raw, key.raw) else {
            throw try withoutType(py)
        }
        var count: Py_ssize_t = 0
        guard let text = cpython.PyUnicode_AsUTF8AndSize(found, &count) else {
            PyError.clear(py)
            throw PyError.raise(.type, "'type' of a message must be str, got '\(try PyRef(found).typeName(py))'", py)
        }
        return UnsafeRawBufferPointer(start: text, count: count)
    }

    private func withoutType(_ py: borrowing Python) throws(PyError) -> PyError {
        if cpython.PyErr_Occurred() == nil { return PyError.raise(.key, "type", py) }
        // CPython says SystemError for what is no dict.
        PyError.clear(py)
        return PyError.raise(.type, "send() expects a dict, got '\(try event.typeName(py))'", py)
    }

    /// How many keys the message has: who has found them all need not look for others (a look in vain takes 130
    /// instructions).
    @inline(__always)
    func count(_ py: borrowing Python) -> Int { cpython.PyDict_Size(event.raw) }

    /// A value that must be there.
    @inline(__always)
    func required(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyRef {
        guard let value = try event.item(key, py) else {
            throw PyError.raise(.key, try key.string(py), py)
        }
        return value
    }

    /// An int that must be there.
    @inline(__always)
    func integer(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> Int {
        let value = try required(key, py)
        return try integer(value, named: key, py)
    }

    /// An int.
    @inline(__always)
    func integer(
        _ value: borrowing some PyAny, named key: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> Int {
        do throws(PyError) {
            return try value.int(py)
        } catch {
            guard PyError.matches(PyRef(cpython.PyExc_TypeError), py) else { throw error }
            PyError.clear(py)
            let name = try key.string(py)
            throw PyError.raise(.type, "'\(name)' must be int, got '\(try value.typeName(py))'", py)
        }
    }

    /// An int that may be missing or None.
    @inline(__always)
    func optionalInteger(_ key: PyRef, _ py: borrowing Python) throws(PyError) -> Int? {
        guard let value = try event.item(key, py), !value.isNone else { return nil }
        return try integer(value, named: key, py)
    }

    /// A bool that may be missing.
    @inline(__always)
    func flag(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> Bool {
        guard let value = try event.item(key, py) else { return false }
        return try value.isTrue(py)
    }

    /// A value that may be missing.
    @inline(__always)
    func value(_ key: PyRef, _ py: borrowing Python) throws(PyError) -> PyRef? { try event.item(key, py) }

    /// Calls `body` with a value's bytes, with none for none: `bytes` as they are, `bytearray` and `memoryview` as a copy.
    ///
    /// - Parameter body: is given the `bytes` object, too, whose memory it is; `nil` for none.
    @inline(__always)
    func withBytes(
        of value: PyRef?, named key: PyRef, _ py: borrowing Python,
        _ body: (UnsafeRawBufferPointer, PyRef?) throws(PyError) -> Void
    ) throws(PyError) {
        guard let value else { return try body(UnsafeRawBufferPointer(start: nil, count: 0), nil) }
        var start: UnsafeMutablePointer<CChar>?
        var count: Py_ssize_t = 0
        if cpython.PyBytes_AsStringAndSize(value.raw, &start, &count) == 0 {
            return try body(UnsafeRawBufferPointer(start: start, count: count), value)
        }
        PyError.clear(py)
        let copy = try copied(value, key, py)
        try body(try copy.bytes(py), copy.ref)
        // Not before: the memory is the copy's.
        _ = consume copy
    }

    private func copied(
        _ value: borrowing some PyAny, _ key: PyRef, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let name = try value.typeName(py)
        guard ["bytes", "bytearray", "memoryview"].contains(name) else {
            throw PyError.raise(.type, "'\(try key.string(py))' must be bytes, got '\(name)'", py)
        }
        return try PyOwned(orThrow: cpython.PyBytes_FromObject(value.raw))
    }
}

extension ASGIError {
    /// Sets the Python exception that carries the error.
    func raised(_ py: borrowing Python) -> PyError {
        switch kind {
        case .sequence: .raise(.runtime, message, py)
        case .value: .raise(.value, message, py)
        case .type: .raise(.type, message, py)
        case .key: .raise(.key, message, py)
        }
    }
}
