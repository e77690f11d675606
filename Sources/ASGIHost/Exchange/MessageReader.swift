import ASGI
import PythonAPI

/// Reads a message that an application has sent, and says what is wrong with it in words for its author.
///
/// The event is borrowed from the caller of `send`, who keeps it alive. What is taken out of it is owned: a value may be of
/// a class whose `__index__`, `__bool__` or `__iter__` changes the event, or sends another one. So a message is carried out
/// in this order: take all values, turn them into numbers and octets, and from there on, without any code of the
/// application's in between, judge and write.
///
/// Nearly all messages have values that run no code, of Python's own classes: those are looked at where they are.
struct MessageReader: ~Escapable {
    private let event: PyRef

    // Keys come with each call: whoever keeps `Names` in a value retains them for each message.
    @_lifetime(copy event)
    @inline(__always)
    init(_ event: PyRef, _ py: borrowing Python) { self.event = event }

    /// The message's type as UTF-8.
    ///
    /// - Parameter key: `type`.
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
        // CPython says SystemError for what is no dict; of a dict's keys it may be anything.
        guard PyError.matches(.system, py) else { return .pending }
        PyError.clear(py)
        return PyError.raise(.type, "send() expects a dict, got '\(try event.typeName(py))'", py)
    }

    /// How many keys the message has: where they are all found already, none needs to be looked for in vain.
    @inline(__always)
    func count(_ py: borrowing Python) -> Int { event.dictCount(py) }

    /// A value that may be missing, borrowed: until anything is done that might run code, which looking for another key is.
    @_lifetime(copy self)
    @inline(__always)
    func glance(_ key: PyKept, _ py: borrowing Python) throws(PyError) -> PyRef? {
        guard let value = try event.item(key, py) else { return nil }
        // The event keeps the value, and `event` refers to it no longer than it lives.
        return unsafe _overrideLifetime(value, copying: self)
    }

    /// An int that can be read without running code; `nil` for anything else.
    ///
    /// - Parameter type: `int`.
    @inline(__always)
    func plainInteger(_ key: PyKept, _ type: PyKept, _ py: borrowing Python) throws(PyError) -> Int? {
        guard let value = try event.item(key, py), value.isExactly(type, py) else { return nil }
        return try value.int(py)
    }

    /// A value that may be missing.
    @inline(__always)
    func value(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned? {
        try event.ownedItem(key, py)
    }

    /// A value that must be there.
    @inline(__always)
    func required(_ key: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard let value = try event.ownedItem(key, py) else {
            throw PyError.raise(.key, try key.string(py), py)
        }
        return value
    }

    /// An int that may be missing or None.
    func optionalInteger(_ key: PyKept, _ py: borrowing Python) throws(PyError) -> Int? {
        guard let value = try event.ownedItem(key, py), !value.isNone else { return nil }
        return try integer(value, named: key, py)
    }

    // MARK: - What a value says

    /// An int.
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
    /// - Parameter types: of which a copy is made.
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
