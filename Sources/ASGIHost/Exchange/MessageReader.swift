import ASGI
import PythonAPI

/// Reads a message that an application has sent, and reports errors for the application's author.
///
/// The event is borrowed from the caller of `send`, which keeps it alive. Values that are read are owned, because the
/// `__index__`, `__bool__` or `__iter__` of a value's class may change the event or send another one. So a message is
/// executed in this order: read all values, convert them to numbers and octets, then validate and write them without
/// running any code of the application.
///
/// Nearly all messages have values of built-in types, which run no code; they are read in place.
struct MessageReader: ~Escapable {
    private let event: PyRef

    // The keys are arguments of each call, because storing `Names` in this value would retain it for each message.
    @_lifetime(copy event)
    @inline(__always)
    init(_ event: PyRef, _ py: borrowing Python) { self.event = event }

    /// The message's type as UTF-8.
    ///
    /// - Parameter key: the string `type`.
    @inline(__always)
    func type(_ key: PyKept, _ py: borrowing Python) throws(PyError) -> UnsafeRawBufferPointer {
        let found: PyRef?
        do throws(PyError) {
            found = try event.item(key, py)
        } catch {
            throw try noDict(py)
        }
        guard let found else { throw PyError.raise(.key, "type", py) }
        do throws(PyError) {
            return try unsafe found.utf8(py)
        } catch {
            PyError.clear(py)
            throw PyError.raise(.type, "'type' of a message must be str, got '\(try found.typeName(py))'", py)
        }
    }

    private func noDict(_ py: borrowing Python) throws(PyError) -> PyError {
        // CPython raises SystemError for an object that is not a dict; a dict's keys may raise anything.
        guard PyError.matches(.system, py) else { return .pending }
        PyError.clear(py)
        return PyError.raise(.type, "send() expects a dict, got '\(try event.typeName(py))'", py)
    }

    /// The number of keys, so that a reader which has found all of them need not look for optional ones.
    @inline(__always)
    func count(_ py: borrowing Python) -> Int { event.dictCount(py) }

    /// An optional value, borrowed. Valid until code may run, for instance for another lookup.
    @_lifetime(copy self)
    @inline(__always)
    func borrowedValue(_ key: PyKept, _ py: borrowing Python) throws(PyError) -> PyRef? {
        guard let value = try event.item(key, py) else { return nil }
        // Sound because the event owns the value, and `event` does not outlive its owner.
        return unsafe _overrideLifetime(value, copying: self)
    }

    /// An int that can be read without running code; `nil` for anything else.
    ///
    /// - Parameter type: the type `int`.
    @inline(__always)
    func plainInteger(_ key: PyKept, _ type: PyKept, _ py: borrowing Python) throws(PyError) -> Int? {
        guard let value = try event.item(key, py), value.isExactly(type, py) else { return nil }
        return try value.int(py)
    }

    /// An optional value.
    @inline(__always)
    func value(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned? {
        try event.ownedItem(key, py)
    }

    /// A required value.
    @inline(__always)
    func required(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard let value = try event.ownedItem(key, py) else {
            throw PyError.raise(.key, try key.string(py), py)
        }
        return value
    }

    /// An optional int, which may be None.
    func optionalInteger(_ key: PyKept, _ py: borrowing Python) throws(PyError) -> Int? {
        guard let value = try event.ownedItem(key, py), !value.isNone else { return nil }
        return try integer(value, named: key, py)
    }

    // MARK: - Conversions

    /// A required int.
    @inline(__always)
    func integer(
        _ value: borrowing some PyAny, named key: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> Int {
        do throws(PyError) {
            return try value.int(py)
        } catch {
            guard PyError.matches(.type, py) else { throw error }
            PyError.clear(py)
            let name = try key.string(py)
            throw PyError.raise(.type, "'\(name)' must be int, got '\(try value.typeName(py))'", py)
        }
    }

    /// A value as `bytes`: itself, or a copy of a `bytearray` or `memoryview`.
    ///
    /// - Parameter types: the types that are copied.
    @inline(__always)
    func octets(
        _ value: consuming PyOwned, named key: PyKept, _ types: Names, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        if value.isExactly(types.bytesType, py) { return value }
        return try copied(value, key, types, py)
    }

    private func copied(
        _ value: consuming PyOwned, _ key: PyKept, _ types: Names, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        if value.isKind(of: types.bytesType, py) { return value }
        guard value.isKind(of: types.byteArrayType, py) || value.isKind(of: types.memoryViewType, py) else {
            throw PyError.raise(.type, "'\(try key.string(py))' must be bytes, got '\(try value.typeName(py))'", py)
        }
        return try PyOwned.bytes(copying: value, py)
    }
}

extension ASGIError {
    /// Sets the Python exception for this error.
    func raised(_ py: borrowing Python) -> PyError {
        switch kind {
        case .sequence: .raise(.runtime, message, py)
        case .value: .raise(.value, message, py)
        case .type: .raise(.type, message, py)
        case .key: .raise(.key, message, py)
        }
    }
}
