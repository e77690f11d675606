import PythonAPI

/// A task that waits without a future, and continues when the host resumes it directly.
extension TaskRunner {
    /// The future to yield for an awaitable that the application's own task awaits; `nil` for other tasks.
    func futureToAwait(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        guard isStepping, context.isOnCurrentThread, py.entersContexts else { return nil }
        let current = try context.tasks.current(py)
        if task == nil { task = PyIdentity(current) }
        guard PyIdentity(current) == task else { return nil }
        if let future = future.owned(py) { return future }
        let made = try context.tasks.makeFuture(py)
        future = made.owned(py)
        return made
    }

    /// Registers that the task is going to wait for the future.
    func listen(_ py: borrowing Python) {
        guard let future = future.owned(py) else { return }
        do throws(PyError) {
            try future.setAttribute(context.names.futureBlocking, py.bool(true), py)
        } catch {
            PyError.writeUnraisable(future, py)
        }
    }

    /// Continues the application inside its task, which waits for the same future again if the application waits again.
    ///
    /// Called while no task runs. It saves a future and two callbacks of asyncio for each message.
    func continueDirectly(_ py: borrowing Python) {
        // Owned references, so that the objects live whatever the application does.
        guard !isExecuting, let exchange, exchange.waitsDirectly, let task = exchange.ownTask(py),
            let future = future.owned(py), let coroutine = coroutine.owned(py), let variables = variables.owned(py)
        else { return }
        do throws(PyError) {
            // The task was cancelled, which it handles in another turn.
            if try future.attribute(context.names.callback, py).isNone { return }
            exchange.resumed()
            guard try context.tasks.enter(task, variables, py) else { return try wake(future, py) }
            isExecuting = true
            let outcome = step(exchange, py) { coroutine.resume(context.coroutines, py) }
            isExecuting = false
            forget(after: outcome, py)
            try context.tasks.leave(task, variables, py)
            self.outcome = consume outcome
            try waitOrWake(future, py)
        } catch {
            context.report(py)
        }
    }

    /// Keeps the task waiting for the future if the application waits again; otherwise wakes it with the step's
    /// outcome.
    private func waitOrWake(_ future: borrowing PyOwned, _ py: borrowing Python) throws(PyError) {
        let waitsOn =
            switch outcome {
            case .some(let outcome): outcome.isWaiting(for: future)
            case .none: false
            }
        guard waitsOn else { return try wake(future, py) }
        _ = outcome.take()
    }

    private func wake(_ future: borrowing PyOwned, _ py: borrowing Python) throws(PyError) {
        _ = try future.callMethod(context.names.wake, py)
    }
}
