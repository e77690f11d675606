import PythonAPI

/// What other threads ask for besides requests.
extension LoopContext {
    /// Milliseconds that the exchanges of a client that has gone may go on before they are cancelled.
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

    /// A client has gone: its exchanges are disconnected, and the applications that it has loaded are closed.
    private func detach(_ channel: Host.Channel, _ py: borrowing Python) {
        guard let index = tables.firstIndex(where: { $0.channel === channel }) else { return }
        let table = tables[index]
        table.detach(py)
        tables.remove(at: index)
        leaving.removeAll { $0.count == 0 }
        if table.count > 0 { leaving.append(table) }
        for application in present where application.owner === channel {
            application.shutDown(channel, 0, grace: LoopContext.lastGrace, py)
        }
    }

    /// Cancels the tasks of an application that closes.
    func cancel(_ application: Application, _ py: borrowing Python) {
        for table in tables + leaving { table.cancel(application, py) }
    }

    /// Has something done in a turn of the loop of its own.
    func later(_ action: @escaping @Sendable (LoopContext, borrowing Python) -> Void) { host.submit(.call(action)) }

    /// Has an awaitable given up on this loop's thread: another thread's collector, or what another thread has kept of it,
    /// has ended it. For interpreters without a GIL.
    func abandonLater(_ target: any PyPollable, _ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        // Sound because both are kept until the loop lets them go, and only there they are looked at.
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
