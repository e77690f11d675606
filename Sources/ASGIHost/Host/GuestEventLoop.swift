import CPlatform
import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// asyncio's event loop, run turn by turn on a thread whose own event loop does the waiting.
///
/// Its methods are that thread's, all but `isOnCurrentThread`. `@unchecked` because of that.
public final class GuestEventLoop: @unchecked Sendable {
    /// Why a turn is taken.
    public enum Reason {
        /// Commands or controls were submitted.
        case submitted
        /// The descriptor is readable.
        case readable
        /// The time of `NextWakeup.callAt` has come, or callbacks were ready.
        case due
        /// Somebody waits, at most so many milliseconds, for what the loop does.
        case blocking(Double)
    }

    /// When the loop wants its next turn.
    public struct NextWakeup {
        /// Callbacks are ready, or commands left: as soon as possible.
        public var isReady = false
        /// Seconds of the loop's clock at which the next call is due; infinite for none.
        public var callAt = Double.infinity
    }

    /// What the thread's own event loop has to watch for reading.
    public let descriptor: Int32
    /// Called behind each turn, on this thread, detached.
    public var onNextWakeup: ((NextWakeup) -> Void)?

    private let host: Host
    /// Sound because the context lives as long as the process.
    private unowned(unsafe) let context: LoopContext
    private let thread = pthread_self()
    private var detached: DetachedThread?
    /// What `detached` was, where no other thread goes on with the loop when this one ends.
    private var last: DetachedThread?
    private let guestLoop, runOnce, ready: PyKept
    private let scheduled, when, isReadable, pollTimeout: PyKept
    private var isTaken = false
    private var nextWakeup = NextWakeup()

    /// How often in one turn the callbacks that became ready are run: what waits for one another goes on without
    /// Node's loop in between, and what never ends does not keep it.
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

    /// The loop's thread is detached; it comes back with each turn.
    func leave(_ thread: DetachedThread) { detached = thread }

    /// Whether the calling thread is the one that hosts the loop. Any thread.
    public var isOnCurrentThread: Bool { pthread_equal(thread, pthread_self()) != 0 && detached != nil }

    /// Lets Python have its turn: carries out what was submitted and runs callbacks that are ready.
    ///
    /// One that is asked for inside another, by what Python calls, is taken later.
    public func turn(_ reason: Reason) {
        guard let detached, !isTaken else { return host.wakeup.signal() }
        isTaken = true
        detached.attached { py in
            unsafe context.collect()
            do throws(PyError) {
                let isReady = try take(reason, py)
                nextWakeup = NextWakeup(isReady: isReady, callAt: try nextCall(py))
            } catch {
                // The loop itself is broken, its selector for instance: that is all that can be done here.
                PyError.writeUnraisable(py)
                nextWakeup = NextWakeup()
            }
            unsafe context.deliver(py)
        }
        isTaken = false
        onNextWakeup?(nextWakeup)
    }

    /// - Returns: whether there is more to do at once.
    private func take(_ reason: Reason, _ py: borrowing Python) throws(PyError) -> Bool {
        let deadline = MonotonicClock.now() &+ LoopContext.timeSlice
        let isDone = unsafe context.drain(until: deadline, py)
        switch reason {
        case .submitted: if try ready.length(py) == 0 { return !isDone }
        case .readable: try guestLoop.setAttribute(isReadable, py.bool(true), py)
        case .due: break
        case .blocking(let milliseconds):
            // An answer that is there ends the waiting.
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
        // Looked up each time: asyncio makes a new list when it removes many that were cancelled.
        let calls = try unsafe context.loop.attribute(scheduled, py)
        guard calls.listCount(py) > 0 else { return .infinity }
        return try calls.ownedListItem(0, py).attribute(when, py).double(py)
    }

    /// Takes turns until a one-shot is fulfilled, where this is the thread that hosts the loop; `nil` elsewhere.
    func wait<Value>(for outcome: OneShot<Value>) -> Value? {
        guard isOnCurrentThread, !isTaken else { return nil }
        while true {
            turn(.submitted)
            if let result = outcome.result { return result }
        }
    }

    /// This thread ends.
    ///
    /// - Parameter goesOn: other threads may still need the loop: it gets one of its own.
    public func end(goesOn: Bool) {
        onNextWakeup = nil
        guard let detached else { return }
        self.detached = nil
        if !goesOn { last = detached }
        // They run on Python's main thread only, which this is.
        cplatform_signals_detach()
        detached.attached { py in
            do throws(PyError) {
                _ = try guestLoop.attribute("end", py).call(py)
            } catch {
                PyError.writeUnraisable(py)
            }
        }
        if goesOn { host.runOnOwnThread() }
    }

    /// The process ends: lets Python finish, where that is for this thread to do.
    ///
    /// - Returns: whether it is: not where the loop has gone to another thread, or was never on this one.
    func finish() -> Bool {
        guard pthread_equal(thread, pthread_self()) != 0, let detached = detached ?? last else { return false }
        // Inside a turn there is nothing that Python could be asked for.
        if isTaken { return true }
        detached.attached { py in
            isTaken = true
            unsafe context.finish(py)
        }
        return true
    }
}
