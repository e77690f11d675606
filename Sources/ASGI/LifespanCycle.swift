/// The lifespan of an application on its event loop, as the sequence of messages that ASGI allows ("Lifespan").
public struct LifespanCycle: Equatable, Sendable {
    private enum Phase: Equatable, Sendable {
        /// `lifespan.startup` is due or was received. Valid next: running, failed, absent.
        case starting
        /// `lifespan.startup.complete` was sent. Valid next: stopping, ended.
        case running
        /// `lifespan.shutdown` is due or was received. Valid next: ended.
        case stopping
        /// The application said that it is done, or has returned. Final.
        case ended
        /// `lifespan.startup.failed` was sent. Final.
        case failed
    }

    /// How the application's messages and its end are to be answered.
    public enum Outcome: Equatable, Sendable {
        /// Nothing to do.
        case none
        /// Requests may begin.
        case started
        /// The application refuses to serve.
        case startupFailed(String)
        /// The application does not know lifespan: it raised or returned without a word.
        case unsupported
        /// The application has shut down.
        case stopped
        /// The application failed to shut down.
        case shutdownFailed(String)
    }

    private var phase = Phase.starting
    private var hasReceivedStartup = false
    private var hasReceivedShutdown = false

    /// A lifespan before its first message.
    public init() {}

    /// The event that `receive()` has to give now, if there is one: `lifespan.startup` or `lifespan.shutdown`.
    public mutating func receive() -> StaticString? {
        if phase == .starting, !hasReceivedStartup {
            hasReceivedStartup = true
            return "lifespan.startup"
        }
        if phase == .stopping, !hasReceivedShutdown {
            hasReceivedShutdown = true
            return "lifespan.shutdown"
        }
        return nil
    }

    /// A message from the application.
    ///
    /// - Parameters:
    ///   - type: the message's type.
    ///   - message: its `message`, `""` without one.
    public mutating func send(_ type: String, message: String = "") throws(ASGIError) -> Outcome {
        switch (type, phase) {
        case ("lifespan.startup.complete", .starting):
            phase = .running
            return .started
        case ("lifespan.startup.failed", .starting):
            phase = .failed
            return .startupFailed(message)
        case ("lifespan.shutdown.complete", .stopping):
            phase = .ended
            return .stopped
        case ("lifespan.shutdown.failed", .stopping):
            phase = .ended
            return .shutdownFailed(message)
        case ("lifespan.startup.complete", _), ("lifespan.startup.failed", _):
            throw ASGIError("Got invalid state transition on lifespan protocol: '\(type)' after startup.")
        case ("lifespan.shutdown.complete", _), ("lifespan.shutdown.failed", _):
            throw ASGIError("Got invalid state transition on lifespan protocol: '\(type)' without shutdown.")
        default:
            throw ASGIError(.value, "Expected a lifespan message, but got '\(type)'.")
        }
    }

    /// The server wants the application to shut down.
    ///
    /// - Returns: whether it is to be waited for.
    public mutating func shutdown() -> Bool {
        guard phase == .running else { return false }
        phase = .stopping
        return true
    }

    /// The application has returned, or raised with `error`.
    public mutating func finish(error: String?) -> Outcome {
        defer { if phase != .failed { phase = .ended } }
        switch phase {
        case .starting: return .unsupported
        case .running: return .none
        case .stopping: return error.map { .shutdownFailed($0) } ?? .stopped
        case .ended, .failed: return .none
        }
    }
}
