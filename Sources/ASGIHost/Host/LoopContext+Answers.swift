import Mailbox
import PythonAPI

/// Collects answers and delivers them together.
extension LoopContext {
    /// Begins to collect answers, until `deliver`.
    func collect() { isCollecting = true }

    /// Delivers the collected answers.
    func deliver(_ py: borrowing Python) {
        isCollecting = false
        flush(py)
    }

    /// Whether there are answers to deliver.
    var hasAnswers: Bool { tables.contains { !$0.answers.isEmpty } }

    static let flushed = unsafe PyFunction.noArguments("flush") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            let context = unsafe PyRef(capsule!).object(as: HostReference.self).context
            context.isFlushScheduled = false
            if !context.resumable.isEmpty, !context.resume(until: MonotonicClock.now() &+ LoopContext.timeSlice, py) {
                context.scheduleFlush(py)
            }
            context.flush(py)
            return py.none.owned(py)
        }
    }

    private func flush(_ py: borrowing Python) {
        for index in tables.indices { tables[index].answers.deliver() }
    }

    /// Called after an answer was written: ensures its delivery.
    ///
    /// While answers are collected, `deliver` follows. Otherwise, when a waiting task has continued, one delivery is
    /// scheduled after the callbacks that are ready now, so that their answers are delivered together.
    @inline(__always)
    func answersWritten(_ py: borrowing Python) {
        if isCollecting || isFlushScheduled { return }
        scheduleFlush(py)
    }

    func scheduleFlush(_ py: borrowing Python) {
        if isFlushScheduled { return }
        isFlushScheduled = true
        do throws(PyError) {
            // An application may send from any thread, and the loop must wake for it.
            _ = try loop.callMethod(isOnCurrentThread ? names.callSoon : names.callSoonThreadsafe, flushFunction, py)
        } catch {
            // The loop is closed, so deliver now.
            PyError.clear(py)
            isFlushScheduled = false
            flush(py)
        }
    }
}
