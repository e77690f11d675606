import CPythonAPI

/// Frees a capsule. A C function of its own identifies a kind of capsules.
public typealias PyCapsuleDestructor = @convention(c) (PyPointer?) -> Void

private let freeAnyCapsule: PyCapsuleDestructor = { unsafe PyOwned.releaseObject(ofCapsule: $0) }

extension PyOwned {
    /// A capsule that retains a Swift object until Python frees the capsule (`PyCapsule_New`).
    ///
    /// - Throws: `MemoryError`.
    @inline(__always)
    public static func capsule(_ object: AnyObject, _ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe capsule(object, freedBy: freeAnyCapsule, py)
    }

    /// A capsule that retains a Swift object, of a kind that `isCapsule` recognises.
    ///
    /// - Parameter destructor: must call `releaseObject`.
    /// - Throws: `MemoryError`.
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

    /// Releases a capsule's object; for its destructor, which CPython calls while attached.
    @inline(__always)
    public static func releaseObject(ofCapsule capsule: PyPointer?) {
        guard let kept = unsafe cpython.PyCapsule_GetPointer(capsule, nil) else { return }
        unsafe Unmanaged<AnyObject>.fromOpaque(kept).release()
    }
}

extension PyReference where Self: ~Copyable & ~Escapable {
    /// Whether the object is a capsule that was made with this destructor.
    public func isCapsule(freedBy destructor: PyCapsuleDestructor, _ py: borrowing Python) -> Bool {
        let found = unsafe cpython.PyCapsule_GetDestructor(raw)
        // For other objects CPython raises that they are no capsules.
        PyError.clear(py)
        return unsafe unsafeBitCast(found, to: UInt.self) == unsafeBitCast(destructor, to: UInt.self)
    }

    /// The Swift object in a capsule made by `PyOwned.capsule`.
    ///
    /// Sound because only our own functions receive these capsules, each bound to an object of the class it expects.
    @inline(__always)
    public func object<Object: AnyObject>(as type: Object.Type) -> Object {
        unsafe Unmanaged<Object>.fromOpaque(cpython.PyCapsule_GetPointer(raw, nil)!).takeUnretainedValue()
    }

    /// Calls `body` with the object in a capsule, without retaining it, which saves two atomic operations.
    ///
    /// Sound if something else keeps the object alive until `body` returns, whatever Python code runs in it.
    @inline(__always)
    public func withUnretainedObject<Object: AnyObject, Result>(
        as type: Object.Type, _ body: (Object) -> Result
    ) -> Result {
        unsafe Unmanaged<Object>.fromOpaque(cpython.PyCapsule_GetPointer(raw, nil)!)._withUnsafeGuaranteedRef(body)
    }
}
