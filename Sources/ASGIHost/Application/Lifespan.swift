import ASGI
import PythonAPI

/// Runs an application's lifespan: one task on the event loop, for as long as the application serves.
final class Lifespan: PyPollable {
    /// The lifespan's `state`, whose content each request receives.
    let state: PyOwned
    /// Strong, because code that kept `receive` or `send` may call it after the application was closed.
    private let application: Application
    private unowned let context: LoopContext
    private var cycle = LifespanCycle()
    private var task: PyOwned?
    private var isCancelled = false
    /// Whether the application has sent a message with the reason for the failure of startup or shutdown.
    private var hasReportedFailure = false
    /// The number of calls of `send()` that have raised.
    private var refusals = 0
    private var waiters = OwnedArray<PyOwned>()

    init(_ application: Application, in context: LoopContext, _ py: borrowing Python) throws(PyError) {
        self.application = application
        self.context = context
        state = try PyOwned.dict(py)
    }

    /// Calls the application with the lifespan scope.
    func start(_ py: borrowing Python) throws(PyError) {
        let scope = try PyOwned.dict(py)
        try scope.set(context.names.type, try PyOwned.interned("lifespan", py), py)
        let asgi = try application.asgi.copiedDict(py)
        // Lifespan has its own specification, at version 2.0.
        try asgi.set(
            try PyOwned.interned("spec_version", py), try PyOwned.interned("2.0", py), py)
        try scope.set(context.names.asgi, asgi, py)
        try scope.set(context.names.state, state, py)
        let capsule = try PyOwned.capsule(self, py)
        let receive = try Lifespan.receiveFunction.bound(to: capsule, py)
        let send = try Lifespan.sendFunction.bound(to: capsule, py)
        let coroutine: PyOwned
        do throws(PyError) {
            coroutine = try application.callable.call(scope, receive, send, py)
        } catch {
            return finished(PyError.take(py), py)
        }
        let task: PyOwned
        do throws(PyError) {
            task = try context.tasks.start(coroutine, py)
        } catch {
            // SystemExit and KeyboardInterrupt leave the task as well, so it has ended.
            return finished(PyError.take(py), py)
        }
        self.task = task.owned(py)
        let done = try Lifespan.doneFunction.bound(to: capsule, py)
        _ = try task.callMethod(context.names.addDoneCallback, done, py)
    }

    /// Asks the application to shut down.
    ///
    /// - Returns: whether the caller has to wait for it.
    func shutDown(_ py: borrowing Python) throws(PyError) -> Bool {
        guard cycle.shutdown() else { return false }
        wake(py)
        return true
    }

    /// Cancels a task that still runs, because startup never ended or the shutdown was given up.
    func cancel(_ py: borrowing Python) {
        guard let task = task.owned(py) else { return }
        isCancelled = true
        task.cancelTask(py)
    }

    // MARK: - The application's side

    func poll(_ operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll {
        if let type = cycle.receive() {
            let event = try PyOwned.dict(py)
            try event.set(context.names.type, try PyOwned.interned(type, py), py)
            return .ready(event)
        }
        let future = try context.future(py)
        waiters.append(future.owned(py))
        return .wait(future)
    }

    func abandon(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        guard let future, let index = waiters.firstIndex(of: future) else { return }
        _ = waiters.remove(at: index)
    }

    var isOnCurrentThread: Bool { context.isOnCurrentThread }

    func abandonFromOtherThread(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        context.abandonLater(self, operation, waitingFor: future, py)
    }

    private func wake(_ py: borrowing Python) {
        waiters.takeAll().consumeEach { waiter in context.complete(waiter, py) }
    }

    private static let receiveFunction = unsafe PyFunction.noArguments("receive") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            let lifespan = unsafe PyRef(capsule!).object(as: Lifespan.self)
            return try lifespan.context.awaitables.polling(lifespan, 0, py)
        }
    }

    private static let sendFunction = unsafe PyFunction.oneArgument("send") { capsule, event in
        unsafe Python.enter { py throws(PyError) in
            let lifespan = unsafe PyRef(capsule!).object(as: Lifespan.self)
            guard unsafe !PyLayout.isFreeThreaded || lifespan.isOnCurrentThread else {
                throw PyError.raiseWrongThread(py)
            }
            do throws(PyError) {
                try unsafe lifespan.send(PyRef(event!), py)
                return lifespan.context.awaitables.completed(py)
            } catch {
                // An application that repeats a refused message forever must not block the loop.
                lifespan.refusals += 1
                return try lifespan.context.awaitables.raising(error, yieldsFirst: lifespan.refusals % 16 == 0, py)
            }
        }
    }

    private func send(_ given: PyRef, _ py: borrowing Python) throws(PyError) {
        // A message that is not a dict is refused with the name of its type.
        let event = if given.isKind(of: context.values.dictType, py) { try given.unshared(py) } else { given.owned(py) }
        let message = MessageReader(event.ref, py)
        let type = unsafe String(decoding: try message.type(context.names.type, py), as: UTF8.self)
        // Any value is turned into text, because a failure must not get lost.
        let text =
            if let given = try message.value(context.names.message, py) { context.bootstrap.text(of: given, py) } else {
                ""
            }
        do throws(ASGIError) {
            act(on: try cycle.send(type, message: text), nil, py)
        } catch {
            throw error.raised(py)
        }
    }

    private static let doneFunction = unsafe PyFunction.oneArgument("lifespan_done") { capsule, task in
        unsafe Python.enter { py throws(PyError) in
            let lifespan = unsafe PyRef(capsule!).object(as: Lifespan.self)
            do throws(PyError) {
                _ = try unsafe PyRef(task!).callMethod(lifespan.context.names.result, py)
                lifespan.finished(nil, py)
            } catch {
                lifespan.finished(PyError.take(py), py)
            }
            return py.none.owned(py)
        }
    }

    /// Handles the end of the task.
    private func finished(_ exception: consuming PyOwned?, _ py: borrowing Python) {
        var json: String?
        var isExit = false
        if let exception {
            json = context.bootstrap.describe(
                exception, inDetail: application.specification.exposesErrors, py)
            isExit =
                exception.isKind(of: .systemExit, py)
                || exception.isKind(of: .keyboardInterrupt, py)
        }
        let outcome = cycle.finish(error: json)
        // Between startup and shutdown no caller waits for the task. An exception after a reported failure is the same
        // failure.
        if outcome == .none, let json, !isCancelled, !hasReportedFailure { application.report(json, py) }
        if outcome == .unsupported, isExit, let json {
            // The application supports lifespan, but gives up.
            application.startupFailed(json, py)
        } else {
            act(on: outcome, json, py)
        }
        let ended = task.take()
        _ = consume ended
    }

    private func act(on outcome: LifespanCycle.Outcome, _ exception: String?, _ py: borrowing Python) {
        switch outcome {
        case .none: break
        case .started: application.startupComplete(hasLifespan: true, py)
        case .startupFailed(let message):
            hasReportedFailure = !message.isEmpty
            let text = message.isEmpty ? "Application startup failed" : message
            application.startupFailed(context.bootstrap.simple("ERR_ASGI_LIFESPAN", text, py), py)
        case .unsupported where application.specification.lifespan == "on":
            let missing = "ASGI 'lifespan' protocol appears unsupported, and lifespan is 'on': use 'auto' or 'off'."
            application.startupFailed(
                exception ?? context.bootstrap.simple("ERR_ASGI_LIFESPAN", missing, py), py)
        case .unsupported: application.startupComplete(hasLifespan: false, py)
        case .stopped: application.shutdownComplete(nil, py)
        case .shutdownFailed(let message):
            hasReportedFailure = !message.isEmpty
            let json = exception ?? context.bootstrap.simple("ERR_ASGI_LIFESPAN", message, py)
            application.shutdownComplete(json, py)
        }
    }
}
