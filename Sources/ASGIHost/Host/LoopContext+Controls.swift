import PythonAPI

/// Executes controls: the rare commands of other threads.
extension LoopContext {
    /// Milliseconds that the exchanges of a detached client may continue before they are cancelled.
    private static let lastGrace = 1000

    func perform(_ control: Control, _ py: borrowing Python) {
        switch control {
        case .attach: break
        case .detach(let channel):
            detach(channel, py)
        case .load(let specification, let owner, let outcome):
            outcome.fulfill(Application.load(specification, for: owner, in: self, py))
        case .ready(let number, let channel, let token):
            guard let application = applications[number] else { return answer(channel, token, failure: nil, py) }
            application.whenReady(channel, token, py)
        case .shutDown(let number, let channel, let token, let grace):
            guard let application = applications[number] else { return answer(channel, token, failure: nil, py) }
            application.shutDown(channel, token, grace: grace, py)
        case .call(let action): action(self, py)
        }
    }

    /// Detaches a client: disconnects its exchanges, and closes the applications that it has loaded.
    private func detach(_ channel: Host.Channel, _ py: borrowing Python) {
        guard let index = tables.firstIndex(where: { $0.channel === channel }) else { return }
        let table = tables[index]
        table.detach(py)
        tables.remove(at: index)
        detachedTables.removeAll { $0.count == 0 }
        if table.count > 0 { detachedTables.append(table) }
        for application in loaded where application.owner === channel {
            application.shutDown(channel, 0, grace: LoopContext.lastGrace, py)
        }
    }

    /// Cancels the tasks of a closing application.
    func cancel(_ application: Application, _ py: borrowing Python) {
        for table in tables + detachedTables { table.cancel(application, py) }
    }

    /// Schedules an action for a later turn of the loop.
    func later(_ action: @escaping @Sendable (LoopContext, borrowing Python) -> Void) { host.submit(.call(action)) }

    /// Makes an awaitable give up on this loop's thread, after it has ended on another one. For interpreters without a
    /// GIL.
    func abandonLater(_ target: any PyPollable, _ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        // Sound because both are kept alive until they are used and released on the loop's thread.
        let target = UncheckedBox(target)
        let future: PyTransfer? = if let future { PyTransfer(future.owned(py)) } else { nil }
        later { _, py in
            let future = future.map { $0.take(py) }
            target.value.abandon(operation, waitingFor: future.ref, py)
        }
    }

    /// Runs Python's `atexit` functions and flushes its streams.
    func finish(_ py: borrowing Python) {
        do throws(PyError) {
            _ = try bootstrap.object("finish", py).call(py)
        } catch {
            PyError.writeUnraisable(py)
        }
    }
}
