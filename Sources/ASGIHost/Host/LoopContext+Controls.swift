import PythonAPI

/// What other threads ask for besides requests.
extension LoopContext {
    /// Milliseconds that the exchanges of a transport that has gone may go on before they are cancelled.
    private static let lastGrace = 1000

    func perform(_ control: Control, _ py: borrowing Python) {
        switch control {
        case .attach: break
        case .detach(let port):
            detach(port, py)
        case .load(let specification, let owner, let gate):
            gate.open(Application.load(specification, for: owner, in: self, py))
        case .ready(let number, let port, let token):
            guard let application = applications[number] else { return answer(port, token, failure: nil, py) }
            application.whenReady(port, token, py)
        case .shutDown(let number, let port, let token, let grace):
            guard let application = applications[number] else { return answer(port, token, failure: nil, py) }
            application.shutDown(port, token, grace: grace, py)
        case .call(let action): action(self, py)
        }
    }

    /// A transport has gone: its exchanges are disconnected, and the applications that it has loaded are closed.
    private func detach(_ port: Port, _ py: borrowing Python) {
        guard let index = tables.firstIndex(where: { $0.port === port }) else { return }
        let table = tables[index]
        table.detach(py)
        tables.remove(at: index)
        leaving.removeAll { $0.count == 0 }
        if table.count > 0 { leaving.append(table) }
        for application in present where application.owner === port {
            application.shutDown(port, 0, grace: LoopContext.lastGrace, py)
        }
    }

    /// Cancels the tasks of an application that closes.
    func cancel(_ application: Application, _ py: borrowing Python) {
        for table in tables + leaving { table.cancel(application, py) }
    }

    /// Has something done in a turn of the loop of its own.
    func later(_ action: @escaping @Sendable (LoopContext, borrowing Python) -> Void) { host.submit(.call(action)) }

    /// Runs Python's `atexit` functions and flushes its streams.
    func finish(_ py: borrowing Python) {
        do throws(PyError) {
            _ = try bootstrap.object("finish", py).call(py)
        } catch {
            PyError.writeUnraisable(nil, py)
        }
    }
}
