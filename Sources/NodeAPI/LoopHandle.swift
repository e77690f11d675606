import CNodeAPI

/// A handle of Node's event loop (libuv) of any type.
typealias LoopHandle = UnsafeMutablePointer<uv_handle_t>

extension UnsafeMutablePointer<uv_handle_t> {
    /// Allocates a handle. Its size is libuv's at run time, so one binary serves every Node. `close` frees it.
    static func allocate<Handle>(_ type: uv_handle_type) -> UnsafeMutablePointer<Handle> {
        let size = uv_handle_size(type)
        return unsafe UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16).assumingMemoryBound(
            to: Handle.self)
    }

    /// The handle as libuv's base type.
    init<Handle>(of handle: UnsafeMutablePointer<Handle>) {
        unsafe self = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
    }

    /// Sets the object that `owner(of:)` returns, without retaining it, and makes the handle not keep Node alive.
    func belong(to object: AnyObject) {
        unsafe uv_handle_set_data(self, Unmanaged.passUnretained(object).toOpaque())
        unsafe uv_unref(self)
    }

    /// The object that a handle belongs to. Sound because the owner outlives its handles: `close` retains it until the
    /// last one is closed.
    static func owner<Handle, Owner: AnyObject>(of handle: UnsafeMutablePointer<Handle>?) -> Owner {
        unsafe Unmanaged<Owner>.fromOpaque(uv_handle_get_data(LoopHandle(of: handle!))!).takeUnretainedValue()
    }

    /// Closes handles and frees them. May be called once.
    ///
    /// - Parameter closed: called in a later turn of the loop, when libuv has released all of them.
    static func close(_ handles: [LoopHandle], of owner: AnyObject, _ closed: @escaping () -> Void) {
        let closing = unsafe Closing(owner, count: handles.count, closed)
        for index in unsafe handles.indices {
            let handle = unsafe handles[index]
            unsafe uv_handle_set_data(handle, Unmanaged.passRetained(closing).toOpaque())
            unsafe uv_close(handle) { handle in
                let closing = unsafe Unmanaged<Closing>.fromOpaque(uv_handle_get_data(handle)!).takeRetainedValue()
                unsafe UnsafeMutableRawPointer(handle!).deallocate()
                closing.count -= 1
                if closing.count == 0 { closing.closed() }
            }
        }
    }
}

private final class Closing {
    let owner: AnyObject
    var count: Int
    let closed: () -> Void

    init(_ owner: AnyObject, count: Int, _ closed: @escaping () -> Void) {
        self.owner = owner
        self.count = count
        self.closed = closed
    }
}
