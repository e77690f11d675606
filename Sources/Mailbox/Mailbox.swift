import Locks
import Synchronization

/// Carries batches between two threads in one direction: one side delivers, the other takes.
///
/// The lock is only held for a swap or a copy, never while Python or Node is called.
///
/// Waking a thread costs a system call, and an interrupt if it sleeps on another processor. While there is much to do
/// the taking side is awake anyway: it says so with `watch`, and checks once more with `unwatch` before it sleeps.
public final class Mailbox: Sendable {
    private struct State: ~Copyable {
        var batch = Batch()
        var isClosed = false
        var isWatched = false
    }

    private let state = Mutex(State())
    private let filled = Atomic(false)

    /// An open, empty mailbox.
    public init() {}

    /// Whether there seem to be records; a quick check without the lock.
    public var isFilled: Bool { filled.load(ordering: .relaxed) }

    /// The result of a delivery.
    public enum Delivery {
        /// The mailbox was empty, and its taking side must be woken.
        case first
        /// The taking side was woken before, or checks before it sleeps.
        case appended
        /// The mailbox is closed; the batch is unchanged.
        case closed
    }

    /// Delivers all records of a batch and empties it. Any thread.
    public func deliver(_ batch: inout Batch) -> Delivery {
        state.locked { state in
            if state.isClosed { return .closed }
            guard state.batch.isEmpty else {
                state.batch.append(&batch)
                return .appended
            }
            swap(&state.batch, &batch)
            filled.store(true, ordering: .relaxed)
            return state.isWatched ? .appended : .first
        }
    }

    /// Takes all records. On the taking side's thread.
    ///
    /// - Parameter batch: an empty batch, whose memory the mailbox uses next.
    /// - Returns: whether there were any.
    public func take(into batch: inout Batch) -> Bool {
        state.locked { state in
            guard !state.batch.isEmpty else { return false }
            swap(&state.batch, &batch)
            filled.store(false, ordering: .relaxed)
            return true
        }
    }

    /// Declares that the taking side is awake and need not be woken. It must call `unwatch` before it sleeps.
    public func watch() { state.locked { $0.isWatched = true } }

    /// Makes the next delivery wake the taking side again.
    ///
    /// - Returns: whether there are records already, for which it will not be woken.
    public func unwatch() -> Bool {
        state.locked { state in
            state.isWatched = false
            return !state.batch.isEmpty
        }
    }

    /// Refuses further deliveries and drops the records. Any thread.
    public func close() {
        state.locked { state in
            state.isClosed = true
            state.batch.clear()
            filled.store(false, ordering: .relaxed)
        }
    }
}
