import CPythonAPI

/// A reference to a Python object, borrowed or owned.
///
/// Functions take `borrowing some PyAny`, so that an owned reference made in an argument list lives until the function
/// returns.
public protocol PyReference: ~Copyable {
    /// The object's address.
    var raw: PyPointer { get }
}

/// Any reference, including those that cannot be copied.
public typealias PyAny = PyReference & ~Copyable

/// A borrowed reference to a Python object, which something else keeps alive.
///
/// Not `Sendable`: it is only used on an attached thread. `@safe` because making one from a pointer is unsafe: the
/// object must stay alive as long as the reference is used.
@safe public struct PyRef: PyReference {
    /// The object's address.
    public let raw: PyPointer

    /// Wraps a pointer whose owner keeps the object alive as long as this value is used.
    @inline(__always)
    public init(_ raw: PyPointer) { unsafe self.raw = unsafe raw }
}

extension PyReference where Self: ~Copyable {
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

    /// Takes over what a C function has returned, or throws the pending exception if that is NULL.
    @inline(__always)
    public init(orThrow raw: PyPointer?) throws(PyError) {
        guard let raw = unsafe raw else { throw PyError.pending }
        unsafe self.raw = raw
    }

    /// The object, borrowed from this reference. Only for a reference stored in a variable, and as long as that exists.
    @inline(__always)
    public var ref: PyRef { unsafe PyRef(raw) }

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
    /// The object, borrowed from this reference as long as it is stored here; `nil` if there is none.
    @inline(__always)
    public var ref: PyRef? {
        switch self {
        case .some(let owned): owned.ref
        case .none: nil
        }
    }
}
