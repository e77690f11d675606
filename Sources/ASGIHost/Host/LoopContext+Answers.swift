import Mailbox
import PythonAPI

/// What goes to other threads: answers are collected, and delivered together.
extension LoopContext {
    /// Answers are collected from now on, until `deliver`.
    func collect() { isCollecting = true }

    /// Delivers what was collected.
    func deliver(_ py: borrowing Python) {
        isCollecting = false
        flush(py)
    }

    /// Whether there are answers that are not delivered.
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

    /// An answer was written: makes sure that it is delivered.
    ///
    /// While collecting, its end delivers. Otherwise (a task that has waited goes on) one delivery is scheduled
    /// after the callbacks that are ready now, so that their answers go together.
    @inline(__always)
    func answersWritten(_ py: borrowing Python) {
        if isCollecting || isFlushScheduled { return }
        scheduleFlush(py)
    }

    func scheduleFlush(_ py: borrowing Python) {
        if isFlushScheduled { return }
        isFlushScheduled = true
        do throws(PyError) {
            // An application may send from any thread, and then nothing else wakes the loop.
            _ = try loop.callMethod(isOnCurrentThread ? names.callSoon : names.callSoonThreadsafe, flushFunction, py)
        } catch {
            // The loop is closed: deliver now.
            PyError.clear(py)
            isFlushScheduled = false
            flush(py)
        }
    }
}
