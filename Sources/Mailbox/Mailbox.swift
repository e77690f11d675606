import Locks
import Synchronization

/// The one road between two threads, in one direction: a batch that one side fills and the other empties.
///
/// The lock is held for a swap or a copy, never while Python or Node is called.
///
/// Waking a thread costs a system call, and an interrupt where it sleeps on another processor. The side that empties the
/// mailbox is awake for most of a busy time: it says so (`watch`), and looks once more before it sleeps (`unwatch`).
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

    /// Whether there seems to be something, without the lock.
    public var isFilled: Bool { filled.load(ordering: .relaxed) }

    /// What became of a delivery.
    public enum Delivery {
        /// The mailbox was empty: the other side must be woken.
        case first
        /// The other side knows already that there is something, or looks before it sleeps.
        case behind
        /// The other side is gone; the batch is left as it is.
        case closed
    }

    /// Hands over all records of a batch and empties it.
    public func deliver(_ batch: inout Batch) -> Delivery {
        state.locked { state in
            if state.isClosed { return .closed }
            guard state.batch.isEmpty else {
                state.batch.append(&batch)
                return .behind
            }
            swap(&state.batch, &batch)
            filled.store(true, ordering: .relaxed)
            return state.isWatched ? .behind : .first
        }
    }

    /// Takes all records that are there.
    ///
    /// - Parameter batch: an empty batch, whose memory the mailbox goes on with.
    /// - Returns: whether there was any.
    public func take(into batch: inout Batch) -> Bool {
        state.locked { state in
            guard !state.batch.isEmpty else { return false }
            swap(&state.batch, &batch)
            filled.store(false, ordering: .relaxed)
            return true
        }
    }

    /// Says that the emptying side is awake: it need not be woken until it has called `unwatch`, which it has to before it
    /// sleeps.
    public func watch() { state.locked { $0.isWatched = true } }

    /// Has the emptying side woken again by the next delivery.
    ///
    /// - Returns: whether there is something already: nobody is woken for that.
    public func unwatch() -> Bool {
        state.locked { state in
            state.isWatched = false
            return !state.batch.isEmpty
        }
    }

    /// Refuses deliveries from now on and drops what is in it.
    public func close() {
        state.locked { state in
            state.isClosed = true
            state.batch.clear()
            filled.store(false, ordering: .relaxed)
        }
    }
}
