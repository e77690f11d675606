import Locks
import Synchronization

/// An object whose memory other threads may read until this buffer is released, so that large bodies need not be
/// copied.
///
/// The thread that owns the object makes the buffer and keeps the object alive. The last reference to the buffer may
/// end on any thread; it puts the object into a `ReleaseQueue`, from which the owner's thread releases it.
public final class BorrowedBuffer: Sendable {
    private let object: UInt
    private let count: Int
    private let queue: ReleaseQueue

    /// Borrows an object's memory.
    ///
    /// - Parameters:
    ///   - object: kept alive by the caller until the queue returns it.
    ///   - count: how many bytes its memory has.
    ///   - queue: the owner's queue.
    public init(of object: UnsafeMutableRawPointer, count: Int, at queue: ReleaseQueue) {
        self.object = UInt(bitPattern: object)
        self.count = count
        self.queue = queue
        queue.borrowed()
    }

    deinit { queue.enqueue(object, count) }

    /// A retained pointer for plain memory, until `release`.
    var retained: UnsafeMutableRawPointer { unsafe Unmanaged.passRetained(self).toOpaque() }

    /// Releases the reference that `Batch.Block.borrowed` holds. Any thread.
    public static func release(_ retained: UnsafeMutableRawPointer) {
        unsafe Unmanaged<BorrowedBuffer>.fromOpaque(retained).release()
    }
}

/// Objects whose borrowed memory is no longer read, for their owner's thread to release.
///
/// That thread empties the queue whenever it is awake, and is only woken for `wakeSize` bytes and more. Therefore
/// waking costs nothing while bodies move, and less than that remains queued in the end.
public final class ReleaseQueue: Sendable {
    /// The number of queued bytes at which the owner's thread is woken.
    package static let wakeSize = 1 << 20

    private struct State {
        var objects: [UInt] = []
        var bytes = 0
    }

    private let state = Mutex(State())
    private let isFilled = Atomic(false)
    private let count = Atomic<Int>(0)
    private let wake: @Sendable () -> Void

    /// Makes an empty queue.
    ///
    /// - Parameter wake: makes the owner's thread call `release` soon; called on any thread.
    public init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// How many objects are borrowed, or queued and not released yet. Any thread.
    public var live: Int { count.load(ordering: .relaxed) }

    fileprivate func borrowed() { count.wrappingAdd(1, ordering: .relaxed) }

    fileprivate func enqueue(_ object: UInt, _ bytes: Int) {
        let isMuch = state.locked { state in
            let before = state.bytes
            state.objects.append(object)
            state.bytes += bytes
            isFilled.store(true, ordering: .releasing)
            return before < ReleaseQueue.wakeSize && state.bytes >= ReleaseQueue.wakeSize
        }
        if isMuch { wake() }
    }

    /// Passes each queued object to `release`. On the owner's thread.
    @inline(__always)
    public func release(_ release: (UnsafeMutableRawPointer) -> Void) {
        guard isFilled.load(ordering: .acquiring) else { return }
        for object in takeAll() {
            count.wrappingSubtract(1, ordering: .relaxed)
            // Sound because `BorrowedBuffer` has made the address from a pointer.
            unsafe release(UnsafeMutableRawPointer(bitPattern: object)!)
        }
    }

    private func takeAll() -> [UInt] {
        state.locked { state in
            defer { state = State() }
            isFilled.store(false, ordering: .relaxed)
            return state.objects
        }
    }
}
