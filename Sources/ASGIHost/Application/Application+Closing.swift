import Mailbox
import PythonAPI

/// Closes an application: its exchanges finish, then lifespan's shutdown runs, then the application is released.
extension Application {
    /// Shuts the application down, and answers the control call afterwards: waits until its exchanges have returned,
    /// runs lifespan's shutdown, and waits for threads if it is the last application.
    ///
    /// - Parameter grace: milliseconds that exchanges without a client, or with a complete response, may continue
    ///   before their tasks are cancelled; threads may use the remaining time.
    func shutDown(_ channel: Host.Channel, _ token: UInt32, grace: Int, _ py: borrowing Python) {
        closing.append((channel, token))
        if case .closed = phase { return shutdownComplete(nil, py) }
        guard !isClosing else { return }
        isClosing = true
        closesBy = MonotonicClock.now() &+ UInt64(max(0, grace)) &* 1_000_000
        if case .starting = phase {
            // Requests that wait for startup have no task that could return or be cancelled.
            refuseWaiting(py)
            if case .closed = phase { return }
        }
        if live == 0 { return beginShutdown(py) }
        do throws(PyError) {
            try timer.start(milliseconds: grace, Application.graceExpired, self, on: context.loop, py)
        } catch {
            PyError.writeUnraisable(py)
            beginShutdown(py)
        }
    }

    private static let graceExpired = unsafe PyFunction.noArguments("grace_expired") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            let application = unsafe PyRef(capsule!).object(as: Application.self)
            application.context.cancel(application, py)
            // A task that ignores its cancellation must not prevent the shutdown.
            try application.timer.start(
                milliseconds: Application.lastGrace, Application.abandoned, application, on: application.context.loop,
                py)
            return py.none.owned(py)
        }
    }

    /// Milliseconds that cancelled tasks have for their cleanup.
    private static let lastGrace = 500

    private static let abandoned = unsafe PyFunction.noArguments("abandoned") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            unsafe PyRef(capsule!).object(as: Application.self).beginShutdown(py)
            return py.none.owned(py)
        }
    }

    /// Called when the last exchange of a closing application has returned.
    func lastExchangeEnded(_ py: borrowing Python) {
        if case .closed = phase { context.forget(self, py) } else { beginShutdown(py) }
    }

    private func beginShutdown(_ py: borrowing Python) {
        if isShuttingDown { return }
        isShuttingDown = true
        let isWaiting: Bool
        do throws(PyError) {
            isWaiting = try lifespan?.shutDown(py) ?? false
        } catch {
            return shutdownComplete(context.bootstrap.describe(PyError.take(py), py), py)
        }
        guard isWaiting else { return shutdownComplete(nil, py) }
        do throws(PyError) {
            try limitLifespan(Application.shutdownExpired, py)
        } catch {
            PyError.writeUnraisable(py)
        }
    }

    private static let shutdownExpired = unsafe PyFunction.noArguments("shutdown_expired") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            let application = unsafe PyRef(capsule!).object(as: Application.self)
            application.shutdownComplete(application.lifespanExpired("shutdown", py), py)
            return py.none.owned(py)
        }
    }

    /// The error of a lifespan part that took too long, as JSON.
    func lifespanExpired(_ part: String, _ py: borrowing Python) -> String {
        let timeout = specification.lifespanTimeout
        let text = "Application \(part) took longer than \(timeout) ms, the option lifespanTimeout"
        return context.bootstrap.simple("ERR_ASGI_LIFESPAN", text, py)
    }

    /// Ends the application after lifespan's shutdown, which may have failed.
    func shutdownComplete(_ failure: String?, _ py: borrowing Python) {
        phase = .closed
        timer.cancel(py)
        lifespan?.cancel(py)
        lifespan = nil
        refuseWaiting(py)
        closingFailure = failure
        if !threadsEndLater(py) { answerClosing(py) }
    }

    /// Waits for threads, whose work may belong to any of the loaded applications.
    ///
    /// - Returns: whether the control call is answered later.
    private func threadsEndLater(_ py: borrowing Python) -> Bool {
        guard !closing.isEmpty, context.loaded.allSatisfy(\.isClosed) else { return false }
        let now = MonotonicClock.now()
        let milliseconds = closesBy > now ? Int((closesBy - now) / 1_000_000) : 0
        do throws(PyError) {
            let done = try Application.threadsEnded.bound(to: try PyOwned.capsule(self, py), py)
            let time = try PyOwned.int(milliseconds, py)
            return try context.bootstrap.object("when_threads_end", py).call(context.loop, time, done, py).isTrue(py)
        } catch {
            PyError.writeUnraisable(py)
            return false
        }
    }

    private static let threadsEnded = unsafe PyFunction.noArguments("threads_ended") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            unsafe PyRef(capsule!).object(as: Application.self).answerClosing(py)
            return py.none.owned(py)
        }
    }

    private var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    private func answerClosing(_ py: borrowing Python) {
        for (channel, token) in closing { context.answer(channel, token, failure: closingFailure, py) }
        closing = []
        // An abandoned application may still have exchanges; the last of them releases it.
        if live == 0 { context.forget(self, py) }
    }

    /// Refuses the requests that wait for a startup which was given up.
    private func refuseWaiting(_ py: borrowing Python) {
        guard !waiting.isEmpty || !readiness.isEmpty else { return }
        let json = context.bootstrap.simple("ERR_ASGI_CLOSED", "Handler closed", py)
        answerReadiness(json, py)
        let exchanges = waiting
        waiting = []
        for exchange in exchanges { exchange.fail(json: json, py) }
    }
}
