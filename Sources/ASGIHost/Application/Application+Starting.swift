import Mailbox
import PythonAPI

/// Starts an application: its lifespan begins, and requests wait until startup is complete.
extension Application {
    /// Begins the lifespan, or shares the lifespan of another loop.
    ///
    /// - Parameters:
    ///   - state: the other lifespan's `state`, which is taken over.
    ///   - failure: why the other loop does not serve, as JSON.
    func begin(sharing state: consuming PyOwned? = nil, after failure: String? = nil, _ py: borrowing Python) {
        sharedState = state
        guard case .starting = phase else { return }
        if let failure { return startupFailed(failure, py) }
        let isElsewhere = specification.lifespanScope == "process" && !context.host.isMain
        guard specification.lifespan != "off", !isElsewhere else {
            return startupComplete(hasLifespan: false, py)
        }
        do throws(PyError) {
            let lifespan = try Lifespan(self, in: context, py)
            self.lifespan = lifespan
            try lifespan.start(py)
            if case .starting = phase { try limitLifespan(Application.startupExpired, py) }
        } catch {
            let exception = PyError.take(py)
            startupFailed(context.bootstrap.describe(exception, inDetail: specification.exposesErrors, py), py)
        }
    }

    /// Makes a part of the lifespan fail when it takes longer than `lifespanTimeout`.
    ///
    /// - Parameter expired: called when the time is over.
    func limitLifespan(_ expired: PyFunction, _ py: borrowing Python) throws(PyError) {
        guard specification.lifespanTimeout > 0 else { return }
        try timer.start(milliseconds: specification.lifespanTimeout, expired, self, on: context.loop, py)
    }

    private static let startupExpired = unsafe PyFunction.noArguments("startup_expired") { capsule, _ in
        unsafe Python.enter { py throws(PyError) in
            let application = unsafe PyRef(capsule!).object(as: Application.self)
            application.startupFailed(application.lifespanExpired("startup", py), py)
            return py.none.owned(py)
        }
    }

    /// The lifespan's `state`; `nil` if the application has none.
    private func state(_ py: borrowing Python) -> PyOwned? {
        if let lifespan { return lifespan.state.owned(py) }
        return sharedState.owned(py)
    }

    /// The `state` of a new scope: a shallow copy of the lifespan's; `nil` if the application has none.
    @inline(__always)
    func setState(_ scope: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard let state = state(py) else { return }
        try scope.set(context.names.state, try state.copiedDict(py), py)
    }

    /// Serves requests from now on: startup is complete, or the application does not support lifespan.
    func startupComplete(hasLifespan: Bool, _ py: borrowing Python) {
        guard case .starting = phase else { return }
        timer.cancel(py)
        if !hasLifespan { lifespan = nil }
        phase = .serving
        answerReadiness(nil, py)
        startNextLoop(nil, py)
        guard !waiting.isEmpty else { return }
        // In a later turn, because this may run in the lifespan's task, and asyncio runs no task inside another.
        let number = number
        context.later { context, py in context.applications[number]?.launchWaiting(py) }
    }

    /// Makes the next loop begin its lifespan, or fail as this one has.
    private func startNextLoop(_ failure: String?, _ py: borrowing Python) {
        guard let next = successor else { return }
        successor = nil
        let number = number
        let transfer: PyTransfer? =
            if specification.lifespanScope == "process", let state = state(py) { PyTransfer(state) } else { nil }
        next.submit(
            .call { context, py in
                let state = transfer.map { $0.take(py) }
                guard let application = context.application(number) else { return }
                application.begin(sharing: state, after: failure, py)
            })
    }

    private func launchWaiting(_ py: borrowing Python) {
        let exchanges = waiting
        waiting = []
        for exchange in exchanges { exchange.launch(py) }
    }

    /// Fails all requests from now on, because startup failed.
    func startupFailed(_ json: String, _ py: borrowing Python) {
        guard case .starting = phase else { return }
        timer.cancel(py)
        phase = .failed(json)
        answerReadiness(json, py)
        startNextLoop(json, py)
        let exchanges = waiting
        waiting = []
        for exchange in exchanges { exchange.fail(json: json, py) }
    }

    /// Reports an exception for which no caller waits.
    func report(_ json: String, _ py: borrowing Python) {
        var json = json
        for table in context.tables {
            json.withUTF8 { bytes in
                unsafe table.answers.report(
                    .notice, UInt32(number), Answer.noSlot, json: UnsafeRawBufferPointer(bytes))
            }
        }
        context.answersWritten(py)
    }

    /// Answers a control call after startup has ended.
    func whenReady(_ channel: Host.Channel, _ token: UInt32, _ py: borrowing Python) {
        readiness.append((channel, token))
        switch phase {
        case .starting: break
        case .serving, .closed: answerReadiness(nil, py)
        case .failed(let json): answerReadiness(json, py)
        }
    }

    func answerReadiness(_ failure: String?, _ py: borrowing Python) {
        for (channel, token) in readiness { context.answer(channel, token, failure: failure, py) }
        readiness = []
    }
}
