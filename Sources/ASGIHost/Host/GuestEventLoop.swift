import CPlatform
import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs asyncio's event loop turn by turn on a thread whose own event loop does the waiting.
///
/// All methods but `isOnCurrentThread` must be called on that thread, which is why `@unchecked` is sound.
public final class GuestEventLoop: @unchecked Sendable {
    /// Why a turn is needed.
    public enum Reason {
        /// Commands or controls were submitted.
        case submitted
        /// The descriptor is readable.
        case readable
        /// The time of `NextWakeup.callAt` has come, or callbacks were ready.
        case due
        /// The thread waits for the loop's work. The value is the longest wait in milliseconds.
        case blocking(Double)
    }

    /// When the loop needs its next turn.
    public struct NextWakeup {
        /// Whether it needs a turn as soon as possible, because callbacks are ready or commands remain.
        public var isReady = false
        /// When the next scheduled call is due, in seconds of the loop's clock; infinite without one.
        public var callAt = Double.infinity
    }

    /// The descriptor that the thread's own event loop has to watch for reading.
    public let descriptor: Int32
    /// Called after each turn, on this thread, while it is detached from Python.
    public var onNextWakeup: ((NextWakeup) -> Void)?

    private let host: Host
    /// Sound because the context lives as long as the process.
    private unowned(unsafe) let context: LoopContext
    private let thread = pthread_self()
    private var detached: DetachedThread?
    /// The detached thread state, kept after the end of the last turn if no other thread continues the loop.
    private var last: DetachedThread?
    private let guestLoop, runOnce, ready: PyKept
    private let scheduled, when, isReadable, pollTimeout: PyKept
    /// Whether a turn is running.
    private var isInTurn = false
    private var nextWakeup = NextWakeup()

    /// How often ready callbacks are run within one turn, so that callbacks which wait for one another continue without
    /// a turn of Node's loop in between, and an endless chain does not block it.
    private static let rounds = 16

    init(host: Host, context: LoopContext, _ py: borrowing Python) throws(PyError) {
        self.host = host
        unsafe self.context = context
        let guestLoop = try context.bootstrap.object("GuestLoop", py).call(context.loop, py)
        descriptor = Int32(truncatingIfNeeded: try guestLoop.attribute("descriptor", py).int(py))
        runOnce = try guestLoop.attribute("run_once", py).kept()
        ready = try guestLoop.attribute("ready", py).kept()
        scheduled = try PyOwned.interned("_scheduled", py).kept()
        when = try PyOwned.interned("_when", py).kept()
        isReadable = try PyOwned.interned("is_readable", py).kept()
        pollTimeout = try PyOwned.interned("poll_timeout", py).kept()
        self.guestLoop = guestLoop.kept()
        _ = try self.guestLoop.attribute("begin", py).call(py)
    }

    /// Keeps the thread state of the detached thread, which attaches again for each turn.
    func leave(_ thread: DetachedThread) { detached = thread }

    /// Whether the calling thread hosts the loop. Callable on any thread.
    public var isOnCurrentThread: Bool { pthread_equal(thread, pthread_self()) != 0 && detached != nil }

    /// Gives Python a turn: executes submitted commands, and runs ready callbacks.
    ///
    /// A turn that is requested during another one, by code that Python calls, is taken later.
    public func turn(_ reason: Reason) {
        guard let detached, !isInTurn else { return host.wakeup.signal() }
        isInTurn = true
        detached.attached { py in
            unsafe context.collect()
            do throws(PyError) {
                let isReady = try runTurn(reason, py)
                nextWakeup = NextWakeup(isReady: isReady, callAt: try nextCall(py))
            } catch {
                // The loop itself is broken, for instance its selector, and no caller can handle that.
                PyError.writeUnraisable(py)
                nextWakeup = NextWakeup()
            }
            unsafe context.deliver(py)
        }
        isInTurn = false
        onNextWakeup?(nextWakeup)
    }

    /// Executes commands, then runs ready callbacks.
    ///
    /// - Returns: whether another turn is needed at once.
    private func runTurn(_ reason: Reason, _ py: borrowing Python) throws(PyError) -> Bool {
        let deadline = MonotonicClock.now() &+ LoopContext.timeSlice
        let isDone = unsafe context.drain(until: deadline, py)
        switch reason {
        case .submitted: if try ready.length(py) == 0 { return !isDone }
        case .readable: try guestLoop.setAttribute(isReadable, py.bool(true), py)
        case .due: break
        case .blocking(let milliseconds):
            // Does not block if an answer is waiting.
            if isDone, unsafe !context.hasAnswers { try setPollTimeout(milliseconds / 1000, py) }
        }
        for _ in 0..<GuestEventLoop.rounds {
            try unsafe context.surviving(py) { py throws(PyError) in _ = try runOnce.call(py) }
            if case .blocking = reason { try setPollTimeout(0, py) }
            if try ready.length(py) == 0 { return !isDone }
            if MonotonicClock.now() > deadline { break }
        }
        return true
    }

    private func setPollTimeout(_ seconds: Double, _ py: borrowing Python) throws(PyError) {
        try guestLoop.setAttribute(pollTimeout, try PyOwned.float(seconds, py), py)
        if seconds > 0 { try guestLoop.setAttribute(isReadable, py.bool(true), py) }
    }

    /// When the first scheduled call is due, in seconds of the loop's clock; infinite for none.
    private func nextCall(_ py: borrowing Python) throws(PyError) -> Double {
        // Looked up each time, because asyncio replaces the list when it removes many cancelled calls.
        let calls = try unsafe context.loop.attribute(scheduled, py)
        guard calls.listCount(py) > 0 else { return .infinity }
        return try calls.ownedListItem(0, py).attribute(when, py).double(py)
    }

    /// Takes turns until a one-shot has its value, if this thread hosts the loop; returns `nil` on other threads.
    func wait<Value>(for outcome: OneShot<Value>) -> Value? {
        guard isOnCurrentThread, !isInTurn else { return nil }
        while true {
            turn(.submitted)
            if let result = outcome.result { return result }
        }
    }

    /// Ends the loop's turns, because this thread ends.
    ///
    /// - Parameter continues: whether other threads need the loop, which then gets its own thread.
    public func end(continues: Bool) {
        onNextWakeup = nil
        guard let detached else { return }
        self.detached = nil
        if !continues { last = detached }
        // Signal handlers run on Python's main thread only, which is this one.
        cplatform_signals_detach()
        detached.attached { py in
            do throws(PyError) {
                _ = try guestLoop.attribute("end", py).call(py)
            } catch {
                PyError.writeUnraisable(py)
            }
        }
        if continues { host.runOnOwnThread() }
    }

    /// Lets Python finish at the end of the process, if this thread hosts the loop.
    ///
    /// - Returns: `false` if the loop has its own thread now, or was never on this one.
    func finish() -> Bool {
        guard pthread_equal(thread, pthread_self()) != 0, let detached = detached ?? last else { return false }
        // During a turn Python cannot be called.
        if isInTurn { return true }
        detached.attached { py in
            isInTurn = true
            unsafe context.finish(py)
        }
        return true
    }
}
