import CPythonAPI

/// A reference to a Python object, borrowed or owned: what can be looked at, called and passed on.
///
/// Functions take `borrowing some PyAny`, so that an owned reference that is made in an argument list
/// lives until the function has returned.
public protocol PyReference: ~Copyable {
    /// The object's address.
    var raw: PyPointer { get }
}

/// Any reference, also one that cannot be copied.
public typealias PyAny = PyReference & ~Copyable

/// A borrowed reference to a Python object: somebody else keeps it alive.
///
/// Not `Sendable`: it is looked at only on the thread that is attached.
/// `@safe` because to make one of a pointer is unsafe: the object has to live as long as this is used.
@safe public struct PyRef: PyReference {
    /// The object's address.
    public let raw: PyPointer

    /// Takes a pointer that its owner keeps alive as long as this value is used.
    @inline(__always)
    public init(_ raw: PyPointer) { unsafe self.raw = unsafe raw }
}

extension PyReference where Self: ~Copyable {
    /// Whether it is Python's `None`.
    @inline(__always)
    public var isNone: Bool { unsafe raw == cpython._Py_NoneStruct }

    /// A second reference, owned (`Py_IncRef`).
    @inline(__always)
    public func owned(_ py: borrowing Python) -> PyOwned {
        unsafe cpython.Py_IncRef(raw)
        return unsafe PyOwned(stealing: raw)
    }
}

@available(*, unavailable)
extension PyRef: Sendable {}

/// An owned reference to a Python object, given back when the value ends (`Py_DecRef`).
///
/// Not `Sendable`, and made only with a token: it begins and ends on the thread that is attached. An object that has one
/// is let go there as well: by code that has a token, or by CPython, which frees what it keeps only while attached.
/// `@safe` because to make one of a pointer is unsafe; from there on it keeps its object.
@safe public struct PyOwned: PyReference, ~Copyable {
    /// The object's address.
    public let raw: PyPointer

    /// Takes over a new reference that a C function has returned.
    @inline(__always)
    public init(stealing raw: PyPointer) { unsafe self.raw = unsafe raw }

    /// Takes over what a C function has returned, or throws the exception that stands behind a NULL.
    @inline(__always)
    public init(orThrow raw: PyPointer?) throws(PyError) {
        guard let raw = unsafe raw else { throw PyError.pending }
        unsafe self.raw = raw
    }

    /// The object, borrowed from this reference; only of a reference that has a name, and while that is in scope.
    @inline(__always)
    public var ref: PyRef { unsafe PyRef(raw) }

    /// Gives the reference to a C function that steals it, or to the interpreter as a result.
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
    /// The object, borrowed from this reference, while that stays what it is; `nil` for none.
    @inline(__always)
    public var ref: PyRef? {
        switch self {
        case .some(let owned): owned.ref
        case .none: nil
        }
    }
}
