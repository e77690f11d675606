import PythonAPI

/// A task that waits without a future, and goes on inside of what the host does.
extension TaskRunner {
    /// What an awaitable yields that is awaited by the application's own task; `nil` for another's.
    func doorbell(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        guard isStepping, context.isOnCurrentThread, py.entersContexts else { return nil }
        let current = try context.tasks.current(py)
        if task == nil { task = PyIdentity(current) }
        guard PyIdentity(current) == task else { return nil }
        if let bell = bell.owned(py) { return bell }
        let made = try context.tasks.makeDoorbell(py)
        bell = made.owned(py)
        return made
    }

    /// The task is going to wait for the doorbell.
    func listen(_ py: borrowing Python) {
        guard let bell = bell.owned(py) else { return }
        do throws(PyError) {
            try bell.setAttribute(context.names.futureBlocking, py.bool(true), py)
        } catch {
            PyError.writeUnraisable(bell, py)
        }
    }

    /// The application can go on: runs it inside its task, which goes on waiting where the application waits again.
    ///
    /// Called while no task runs. It spares a future for each message, and asyncio's two callbacks for it.
    func goOn(_ py: borrowing Python) {
        // References of its own: all of them stay whatever the application does.
        guard !isExecuting, let exchange, exchange.waitsDirectly, let task = exchange.ownTask(py),
            let bell = bell.owned(py), let coroutine = coroutine.owned(py), let variables = variables.owned(py)
        else { return }
        do throws(PyError) {
            // Cancelled meanwhile: the task learns of it in a turn of its own.
            if try bell.attribute(context.names.callback, py).isNone { return }
            exchange.resumed()
            guard try context.tasks.enter(task, variables, py) else { return try ring(bell, py) }
            isExecuting = true
            let outcome = step(exchange, py) { coroutine.resume(context.coroutines, py) }
            isExecuting = false
            forget(after: outcome, py)
            try context.tasks.leave(task, variables, py)
            self.outcome = consume outcome
            try waitOrRing(bell, py)
        } catch {
            context.report(py)
        }
    }

    /// The task goes on waiting for the doorbell when the application does; else it learns what has come of the step.
    private func waitOrRing(_ bell: borrowing PyOwned, _ py: borrowing Python) throws(PyError) {
        let waitsOn =
            switch outcome {
            case .some(let outcome): outcome.isWaiting(for: bell)
            case .none: false
            }
        guard waitsOn else { return try ring(bell, py) }
        _ = outcome.take()
    }

    private func ring(_ bell: borrowing PyOwned, _ py: borrowing Python) throws(PyError) {
        _ = try bell.callMethod(context.names.ring, py)
    }
}
