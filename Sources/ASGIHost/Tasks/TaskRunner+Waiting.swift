import CPythonAPI
import PythonAPI

/// A task that waits without a future, and goes on inside of what the host does.
extension TaskRunner {
    /// What an awaitable yields that is awaited by the application's own task; `nil` for another's.
    func doorbell(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        guard isStepping, context.isHere, context.tasks.canResume else { return nil }
        let current = try context.tasks.current(py)
        if task == nil { task = current.ref }
        guard current.raw == task?.raw else { return nil }
        if let bell { return PyRef(bell).owned(py) }
        let made = try context.tasks.makeDoorbell(py)
        bell = made.owned(py).take()
        return made
    }

    /// The task is going to wait for the doorbell.
    func listen(_ py: borrowing Python) {
        guard let bell else { return }
        do throws(PyError) {
            try PyRef(bell).setAttribute(context.names.futureBlocking, py.bool(true), py)
        } catch {
            PyError.writeUnraisable(PyRef(bell), py)
        }
    }

    /// The application can go on: runs it inside its task, which goes on waiting where the application waits again.
    ///
    /// Called while no task runs. (A future for each message, and asyncio's two callbacks for it, cost 0.9 µs.)
    func goOn(_ py: borrowing Python) {
        guard !isExecuting, let exchange, exchange.waitsDirectly, let bell, let coroutine, let task, let ownVariables
        else { return }
        // The task keeps this object, and all three stay whatever the application does.
        let keptTask = task.owned(py)
        let keptCoroutine = PyRef(coroutine).owned(py)
        let keptBell = PyRef(bell).owned(py)
        do throws(PyError) {
            // Cancelled meanwhile: the task learns of it in a turn of its own.
            guard try isWaitedFor(keptBell.ref, py) else { return }
            exchange.resumed()
            guard try context.tasks.enter(keptTask, PyRef(ownVariables), py) else { return try ring(keptBell, py) }
            isExecuting = true
            let outcome = step(exchange, py) { keptCoroutine.resume(context.coroutines, py) }
            isExecuting = false
            forget(after: outcome, py)
            try context.tasks.leave(keptTask, PyRef(ownVariables), py)
            self.outcome = outcome
            try waitOrRing(keptBell, py)
        } catch {
            context.report(py)
        }
    }

    /// Whether the task waits for the doorbell: it looks as it did, or has a callback.
    @inline(__always)
    private func isWaitedFor(_ bell: PyRef, _ py: borrowing Python) throws(PyError) -> Bool {
        let doorbells = context.tasks.doorbells
        if let waitedFor, doorbells.isUnchanged(bell, since: waitedFor) { return true }
        if try bell.attribute(context.names.callback, py).isNone { return false }
        guard doorbells.isReliable else { return true }
        let waitedFor = waitedFor ?? doorbells.allocateCopy()
        self.waitedFor = waitedFor
        doorbells.copy(bell, to: waitedFor)
        return true
    }

    /// Whether the application that runs has left the doorbell alone: cancelling a task that waits may be seen there only.
    @inline(__always)
    var isBellUntouched: Bool {
        guard let bell else { return true }
        guard let waitedFor else { return false }
        return context.tasks.doorbells.isUnchanged(PyRef(bell), since: waitedFor)
    }

    /// The task goes on waiting for the doorbell when the application does; else it learns what has come of the step.
    private func waitOrRing(_ bell: borrowing PyOwned, _ py: borrowing Python) throws(PyError) {
        guard case .yielded(let awaited) = outcome, awaited == bell.raw else { return try ring(bell, py) }
        outcome = nil
        _ = PyOwned(stealing: awaited)
    }

    private func ring(_ bell: borrowing PyOwned, _ py: borrowing Python) throws(PyError) {
        _ = try bell.callMethod(context.names.ring, py)
    }

    // MARK: - From batch to batch

    /// Has the task wait for another batch, when there is a place for it: a new one costs as much as a whole request.
    ///
    /// Called in its first step, behind the applications. (One request at a time on Node's thread: 39,100 instead of 50,200
    /// instructions, Node's and JavaScript's too.)
    func waitForBatch(_ py: borrowing Python) {
        guard table.canKeepRunner, context.tasks.canResume, context.tasks.doorbells.isReliable else { return }
        do throws(PyError) {
            let bell = try context.tasks.makeDoorbell(py)
            self.bell = bell.owned(py).take()
            outcome = .yielded(bell.take())
            isIdle = true
        } catch {
            PyError.writeUnraisable(nil, py)
        }
    }

    /// The first step is done, and the task waits for a batch.
    func becomeIdle(_ task: PyRef, _ py: borrowing Python) {
        idleTask = task.owned(py).take()
        idleLook = context.tasks.look(of: task)
        table.keep(self, py)
    }

    /// The task waits for no batch any more.
    func leaveIdle() {
        isIdle = false
        if let idleTask { _ = PyOwned(stealing: idleTask) }
        idleTask = nil
    }

    /// Carries out a batch in the task that waits for one, which then waits for the next or for what the application waits
    /// for. Called while no task runs.
    ///
    /// - Returns: `false` when the task is not what it was, and ends; nothing was carried out then.
    func goOn(
        with first: Exchange, then batch: CommandBatch, until deadline: UInt64, _ py: borrowing Python
    ) -> Bool {
        guard !isExecuting, isIdle, let bell, let task, let ownVariables else { return false }
        let keptTask = task.owned(py)
        let keptBell = PyRef(bell).owned(py)
        var hasBegun = false
        do throws(PyError) {
            guard try isUntouched(keptTask, keptBell, py), try context.tasks.enter(keptTask, PyRef(ownVariables), py)
            else {
                leaveIdle()
                outcome = .returned
                try ring(keptBell, py)
                return false
            }
            hasBegun = true
            isExecuting = true
            let servesOn = serve(first, then: batch, until: deadline, py)
            isExecuting = false
            try context.tasks.leave(keptTask, PyRef(ownVariables), py)
            if servesOn { return true }
            leaveIdle()
            exchange?.waits(in: keptTask.ref, py)
            if outcome == nil { outcome = .returned }
            try waitOrRing(keptBell, py)
        } catch {
            leaveIdle()
            context.report(py)
        }
        return hasBegun
    }

    /// Whether the task that waits for a batch is what it was, and its context, and still waits.
    private func isUntouched(
        _ task: borrowing PyOwned, _ bell: borrowing PyOwned, _ py: borrowing Python
    ) throws(PyError) -> Bool {
        guard let idleLook, let ownVariables, context.tasks.isUnchanged(task.ref, since: idleLook),
            cpython.PyObject_Size(ownVariables) == 1
        else { return false }
        return try isWaitedFor(bell.ref, py)
    }

    /// Ends the task that waits for a batch, in a turn of its own: another one may run now.
    func endIdle(_ py: borrowing Python) {
        guard isIdle, let bell else { return }
        leaveIdle()
        outcome = .returned
        do throws(PyError) {
            let ring = try PyRef(bell).attribute(context.names.ring, py)
            _ = try context.loop.callMethod(context.names.callSoon, ring, py)
        } catch {
            context.report(py)
        }
    }
}
