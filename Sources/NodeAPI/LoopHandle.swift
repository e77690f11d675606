import CNodeAPI

/// A handle of Node's event loop (libuv), of any type.
typealias LoopHandle = UnsafeMutablePointer<uv_handle_t>

extension UnsafeMutablePointer<uv_handle_t> {
    /// Memory for a handle: libuv's size at run time, so that one binary serves every Node. `close` frees it.
    static func allocate<Handle>(_ type: uv_handle_type) -> UnsafeMutablePointer<Handle> {
        let size = uv_handle_size(type)
        return unsafe UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16).assumingMemoryBound(
            to: Handle.self)
    }

    /// Any handle as what they have in common.
    init<Handle>(of handle: UnsafeMutablePointer<Handle>) {
        unsafe self = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
    }

    /// Sets what `owner(of:)` gives, and keeps the handle from keeping Node alive.
    func belong(to object: AnyObject) {
        unsafe uv_handle_set_data(self, Unmanaged.passUnretained(object).toOpaque())
        unsafe uv_unref(self)
    }

    /// What a handle belongs to; sound because that outlives its handles: `close` keeps it until the last one is closed.
    static func owner<Handle, Owner: AnyObject>(of handle: UnsafeMutablePointer<Handle>?) -> Owner {
        unsafe Unmanaged<Owner>.fromOpaque(uv_handle_get_data(LoopHandle(of: handle!))!).takeUnretainedValue()
    }

    /// Closes handles and calls `closed` when libuv has let go of all. Once.
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
