import PythonAPI

/// A task that waits without a future, and goes on inside of what the host does.
extension TaskRunner {
    /// What an awaitable yields that is awaited by the application's own task; `nil` for another's.
    func doorbell(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        guard isStepping, context.isOnCurrentThread, py.entersContexts else { return nil }
        let current = try context.tasks.current(py)
        if task == nil { task = current.ref }
        guard unsafe current.raw == task?.raw else { return nil }
        if let bell = bell.ref { return bell.owned(py) }
        let made = try context.tasks.makeDoorbell(py)
        bell = made.owned(py)
        return made
    }

    /// The task is going to wait for the doorbell.
    func listen(_ py: borrowing Python) {
        guard let bell = bell.ref else { return }
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
        guard !isExecuting, let exchange, exchange.waitsDirectly, let task, let bell = bell.ref,
            let coroutine = coroutine.ref, let ownVariables = ownVariables.ref
        else { return }
        // The task keeps this object, and all three stay whatever the application does.
        let keptTask = task.owned(py)
        let keptCoroutine = coroutine.owned(py)
        let keptBell = bell.owned(py)
        do throws(PyError) {
            // Cancelled meanwhile: the task learns of it in a turn of its own.
            if try keptBell.attribute(context.names.callback, py).isNone { return }
            exchange.resumed()
            guard try context.tasks.enter(keptTask, ownVariables, py) else { return try ring(keptBell, py) }
            isExecuting = true
            let outcome = step(exchange, py) { keptCoroutine.resume(context.coroutines, py) }
            isExecuting = false
            forget(after: outcome, py)
            try context.tasks.leave(keptTask, ownVariables, py)
            self.outcome = consume outcome
            try waitOrRing(keptBell, py)
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
