import Mailbox
import PythonAPI

/// How an application starts: its lifespan begins, and requests wait until startup is complete.
extension Application {
    /// Begins the lifespan, or takes part in another loop's.
    ///
    /// - Parameters:
    ///   - state: that one's, which is taken over.
    ///   - failure: why that one's loop does not serve, as JSON.
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

    /// Has a part of the lifespan fail when it takes longer than the specification allows.
    ///
    /// - Parameter expired: what is called then.
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

    /// The lifespan's `state`, if the application has one.
    private func state(_ py: borrowing Python) -> PyOwned? {
        if let lifespan { return lifespan.state.owned(py) }
        return sharedState.owned(py)
    }

    /// What a new scope's `state` is: a shallow copy of the lifespan's, if the application has one.
    @inline(__always)
    func setState(_ scope: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        guard let state = state(py) else { return }
        try scope.set(context.names.state, try state.copiedDict(py), py)
    }

    /// Startup is complete, or the application does not know lifespan.
    func startupComplete(hasLifespan: Bool, _ py: borrowing Python) {
        guard case .starting = phase else { return }
        timer.cancel(py)
        if !hasLifespan { lifespan = nil }
        phase = .serving
        answerReadiness(nil, py)
        giveTurn(nil, py)
        guard !waiting.isEmpty else { return }
        // From the loop, not from here: this may be the lifespan's task, and asyncio lets no task run inside another.
        let number = number
        context.later { context, py in context.applications[number]?.launchWaiting(py) }
    }

    /// Has the next loop begin its lifespan, or fail as this one has.
    private func giveTurn(_ failure: String?, _ py: borrowing Python) {
        guard let next = successor else { return }
        successor = nil
        let number = number
        var shared: PyTransfer?
        if specification.lifespanScope == "process", let state = state(py) { shared = PyTransfer(state) }
        let state = shared
        next.submit(
            .call { context, py in
                let shared = state.map { $0.take(py) }
                guard let application = context.application(number) else { return }
                application.begin(sharing: shared, after: failure, py)
            })
    }

    private func launchWaiting(_ py: borrowing Python) {
        let exchanges = waiting
        waiting = []
        for exchange in exchanges { exchange.launch(py) }
    }

    /// The application refuses to serve.
    func startupFailed(_ json: String, _ py: borrowing Python) {
        guard case .starting = phase else { return }
        timer.cancel(py)
        phase = .failed(json)
        answerReadiness(json, py)
        giveTurn(json, py)
        let exchanges = waiting
        waiting = []
        for exchange in exchanges { exchange.fail(json: json, py) }
    }

    /// Tells the application's owner of an exception that nobody waits for.
    func report(_ json: String, _ py: borrowing Python) {
        var json = json
        for table in context.tables {
            json.withUTF8 { bytes in
                unsafe table.answers.report(
                    .event, UInt32(number), Answer.noSlot, json: UnsafeRawBufferPointer(bytes))
            }
        }
        context.answersWritten(py)
    }

    /// Answers a control call once startup has ended.
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
