import Locks
import Synchronization

/// An object whose memory another thread may read until this is released: large bodies go so without being copied.
///
/// Made by the thread that owns the object, which keeps it for so long, and ended by whoever lets go of it last, on any
/// thread: the object is then at its `ReleaseQueue`, for its owner's thread to release.
public final class BorrowedBuffer: Sendable {
    private let object: UInt
    private let count: Int
    private let queue: ReleaseQueue

    /// Lends an object.
    ///
    /// - Parameters:
    ///   - object: kept by the caller until the queue says that it is back.
    ///   - count: bytes of its memory.
    public init(of object: UnsafeMutableRawPointer, count: Int, at queue: ReleaseQueue) {
        self.object = UInt(bitPattern: object)
        self.count = count
        self.queue = queue
        queue.borrowed()
    }

    deinit { queue.giveBack(object, count) }

    /// A retained pointer for plain memory, until `release`.
    var retained: UnsafeMutableRawPointer { unsafe Unmanaged.passRetained(self).toOpaque() }

    /// Releases what `Batch.Block.borrowed` holds. Any thread.
    public static func end(_ retained: UnsafeMutableRawPointer) {
        unsafe Unmanaged<BorrowedBuffer>.fromOpaque(retained).release()
    }
}

/// Where lent objects come back to, until their owner's thread releases them.
///
/// That thread looks here whenever it is awake anyway, and is woken only where much has come back: so waking costs nothing
/// while bodies move, and what waits here in the end is less than `most`.
public final class ReleaseQueue: Sendable {
    /// Bytes that wait here without anybody being woken.
    package static let most = 1 << 20

    private struct State {
        var objects: [UInt] = []
        var bytes = 0
    }

    private let state = Mutex(State())
    private let isFilled = Atomic(false)
    private let count = Atomic<Int>(0)
    private let wake: @Sendable () -> Void

    /// - Parameter wake: has the owner's thread call `release` soon; called on any thread.
    public init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// Objects that are lent, or back and not released yet. Any thread.
    public var live: Int { count.load(ordering: .relaxed) }

    fileprivate func borrowed() { count.wrappingAdd(1, ordering: .relaxed) }

    fileprivate func giveBack(_ object: UInt, _ bytes: Int) {
        let isMuch = state.locked { state in
            let before = state.bytes
            state.objects.append(object)
            state.bytes += bytes
            isFilled.store(true, ordering: .releasing)
            return before < ReleaseQueue.most && state.bytes >= ReleaseQueue.most
        }
        if isMuch { wake() }
    }

    /// Gives the objects that have come back to `release`. The owner's thread.
    @inline(__always)
    public func release(_ release: (UnsafeMutableRawPointer) -> Void) {
        guard isFilled.load(ordering: .acquiring) else { return }
        for object in takeAll() {
            count.wrappingSubtract(1, ordering: .relaxed)
            // Sound because it was made from a pointer, by `BorrowedBuffer`.
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
