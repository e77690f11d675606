import CPythonAPI

/// How CPython frees a capsule: a C function of its own marks a kind of capsules.
public typealias PyCapsuleDestructor = @convention(c) (PyPointer?) -> Void

private let freeAnyCapsule: PyCapsuleDestructor = { unsafe PyOwned.releaseObject(ofCapsule: $0) }

extension PyOwned {
    /// A capsule that keeps a Swift object alive for as long as Python keeps the capsule.
    @inline(__always)
    public static func capsule(_ object: AnyObject, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe capsule(object, freedBy: freeAnyCapsule, py)
    }

    /// A capsule that keeps a Swift object, of a kind that `isCapsule` knows again.
    ///
    /// - Parameter destructor: calls `releaseObject`.
    @inline(__always)
    public static func capsule(
        _ object: AnyObject, freedBy destructor: PyCapsuleDestructor, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let kept = unsafe Unmanaged.passRetained(object)
        guard let capsule = unsafe cpython.PyCapsule_New(kept.toOpaque(), nil, destructor) else {
            unsafe kept.release()
            throw .pending
        }
        return unsafe PyOwned(stealing: capsule)
    }

    /// Lets the object of a capsule go; for its destructor, which CPython calls while attached.
    @inline(__always)
    public static func releaseObject(ofCapsule capsule: PyPointer?) {
        guard let kept = unsafe cpython.PyCapsule_GetPointer(capsule, nil) else { return }
        unsafe Unmanaged<AnyObject>.fromOpaque(kept).release()
    }
}

extension PyReference where Self: ~Copyable {
    /// Whether it is a capsule that was made with this destructor.
    public func isCapsule(freedBy destructor: PyCapsuleDestructor, _ py: borrowing Python) -> Bool {
        let found = unsafe cpython.PyCapsule_GetDestructor(raw)
        // Of anything else CPython says that it is no capsule.
        PyError.clear(py)
        return unsafe unsafeBitCast(found, to: UInt.self) == unsafeBitCast(destructor, to: UInt.self)
    }

    /// The Swift object in a capsule that `PyOwned.capsule` made.
    ///
    /// Sound because only our own functions get these capsules, each bound to an object of the class it asks for.
    @inline(__always)
    public func object<Object: AnyObject>(as type: Object.Type) -> Object {
        unsafe Unmanaged<Object>.fromOpaque(cpython.PyCapsule_GetPointer(raw, nil)!).takeUnretainedValue()
    }

    /// Calls `body` with the object in a capsule, and does not keep it meanwhile: two atomic operations less.
    ///
    /// Sound where somebody else keeps the object until `body` returns, whatever Python does in it.
    @inline(__always)
    public func withKeptObject<Object: AnyObject, Result>(
        as type: Object.Type, _ body: (Object) -> Result
    ) -> Result {
        unsafe Unmanaged<Object>.fromOpaque(cpython.PyCapsule_GetPointer(raw, nil)!)._withUnsafeGuaranteedRef(body)
    }
}
