import CPythonAPI

/// A reference to a Python object, borrowed or owned.
///
/// Functions take `borrowing some PyAny`, so that an owned reference made in an argument list lives until the function
/// returns.
public protocol PyReference: ~Copyable, ~Escapable {
    /// The object's address.
    var raw: PyPointer { get }
}

/// Any reference, including those that cannot be copied or stored.
public typealias PyAny = PyReference & ~Copyable & ~Escapable

/// A borrowed reference to a Python object, which something else keeps alive.
///
/// It cannot be stored, and the compiler refuses to use it after its owner has ended or changed. Not `Sendable`: it is
/// only used on an attached thread. `@safe` because making one from a pointer is unsafe.
@safe public struct PyRef: PyReference, ~Escapable {
    /// The object's address.
    public let raw: PyPointer

    /// Wraps a pointer whose owner keeps the object alive as long as this value is used.
    @_lifetime(immortal)
    @inline(__always)
    public init(_ raw: PyPointer) { unsafe self.raw = unsafe raw }
}

/// A reference that is never released: its object lives as long as the process.
///
/// For names, types and functions that are made once. `@safe` because it is made only from an owned reference, which it
/// keeps for good.
@safe public struct PyKept: PyReference {
    /// The object's address.
    public let raw: PyPointer

    @inline(__always)
    fileprivate init(_ raw: PyPointer) { unsafe self.raw = unsafe raw }

    /// The object, borrowed.
    public var ref: PyRef {
        @_lifetime(immortal)
        @inline(__always)
        get { unsafe PyRef(raw) }
    }
}

@available(*, unavailable)
extension PyKept: Sendable {}

/// The address of an object, to recognise the object by. It does not keep the object alive.
public struct PyIdentity: Equatable {
    private let address: UInt

    /// The identity of an object. After the object has ended, another one may have the same identity.
    @inline(__always)
    public init(_ object: borrowing some PyAny) { address = unsafe UInt(bitPattern: object.raw) }
}

/// An owned reference on its way to another thread.
///
/// `@unchecked` because its address is used only with a token, on a thread that is attached then.
public struct PyTransfer: @unchecked Sendable {
    private let object: UInt

    /// Takes over a reference; it is leaked unless `take` is called.
    public init(_ object: consuming PyOwned) { self.object = unsafe UInt(bitPattern: object.take()) }

    /// A new reference to the object; `take` stays to be called.
    public func owned(_ py: borrowing Python) -> PyOwned { unsafe PyRef(PyPointer(bitPattern: object)!).owned(py) }

    /// Returns the reference that was taken over. To be called once.
    public func take(_ py: borrowing Python) -> PyOwned { unsafe PyOwned(stealing: PyPointer(bitPattern: object)!) }
}

extension PyReference where Self: ~Copyable & ~Escapable {
    /// Whether it is Python's `None`.
    @inline(__always)
    public var isNone: Bool { unsafe raw == cpython._Py_NoneStruct }

    /// A second, owned reference (`Py_IncRef`).
    @inline(__always)
    public func owned(_ py: borrowing Python) -> PyOwned {
        unsafe cpython.Py_IncRef(raw)
        return unsafe PyOwned(stealing: raw)
    }
}

@available(*, unavailable)
extension PyRef: Sendable {}

/// An owned reference to a Python object, released when the value ends (`Py_DecRef`).
///
/// Not `Sendable`: it begins and ends on an attached thread. An object that stores one is therefore also released
/// there: by code that has a token, or by CPython, which frees objects only while attached. `@safe` because making one
/// from a pointer is unsafe; from then on it keeps its object alive.
@safe public struct PyOwned: PyReference, ~Copyable {
    /// The object's address.
    public let raw: PyPointer

    /// Takes over a new reference that a C function has returned.
    @inline(__always)
    public init(stealing raw: PyPointer) { unsafe self.raw = unsafe raw }

    /// Takes over a new reference that a C function has returned, or throws the pending exception if it is NULL.
    @inline(__always)
    public init(orThrow raw: PyPointer?) throws(PyError) {
        guard let raw = unsafe raw else { throw PyError.pending }
        unsafe self.raw = raw
    }

    /// The object, borrowed from this reference.
    public var ref: PyRef {
        @_lifetime(borrow self)
        @inline(__always)
        get { unsafe _overrideLifetime(PyRef(raw), borrowing: self) }
    }

    /// Keeps the object as long as the process lives.
    @inline(__always)
    public consuming func kept() -> PyKept { unsafe PyKept(take()) }

    /// Transfers the reference to a C function that steals it, or to the interpreter as a result.
    @inline(__always)
    public consuming func take() -> PyPointer {
        let pointer = unsafe raw
        discard self
        return unsafe pointer
    }

    deinit { unsafe cpython.Py_DecRef(raw) }
}

@available(*, unavailable)
extension PyOwned: Sendable {}

extension Optional where Wrapped == PyOwned {
    /// The object, borrowed from this reference; `nil` if there is none.
    public var ref: PyRef? {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            switch self {
            case .some(let owned): unsafe _overrideLifetime(PyRef(owned.raw), borrowing: self)
            case .none: nil
            }
        }
    }

    /// Whether there is a reference. (`!= nil` needs a value that can be copied.)
    @inline(__always)
    public var isPresent: Bool {
        switch self {
        case .some: true
        case .none: false
        }
    }

    /// A second reference, owned; `nil` for none.
    @inline(__always)
    public func owned(_ py: borrowing Python) -> PyOwned? {
        switch self {
        case .some(let owned): owned.owned(py)
        case .none: nil
        }
    }
}
