/// The lifespan of an application on its event loop, as a state machine over the messages that ASGI allows
/// ("Lifespan").
///
/// A plain value without side effects, like `HTTPCycle`.
public struct LifespanCycle: Equatable, Sendable {
    private enum Phase: Equatable, Sendable {
        /// `lifespan.startup` is due or was received. Valid next: running, failed, ended.
        case starting
        /// `lifespan.startup.complete` was sent. Valid next: stopping, ended.
        case running
        /// `lifespan.shutdown` is due or was received. Valid next: ended.
        case stopping
        /// The application has sent that its shutdown is complete or has failed, or it has returned. Final.
        case ended
        /// `lifespan.startup.failed` was sent. Final.
        case failed
    }

    /// What follows from a message of the application, or from its end.
    public enum Outcome: Equatable, Sendable {
        /// Nothing.
        case none
        /// Requests may begin.
        case started
        /// The application refuses to serve, with this message.
        case startupFailed(String)
        /// The application does not support lifespan: it has raised or returned without a message.
        case unsupported
        /// The application has shut down.
        case stopped
        /// The application has failed to shut down, with this message.
        case shutdownFailed(String)
    }

    private var phase = Phase.starting
    private var hasReceivedStartup = false
    private var hasReceivedShutdown = false

    /// A lifespan before its first message.
    public init() {}

    /// The event that `receive()` returns now: `lifespan.startup` or `lifespan.shutdown`, each once; `nil` if it has to
    /// wait.
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

    /// The application sends a message.
    ///
    /// - Parameters:
    ///   - type: the message's type.
    ///   - message: its `message`; `""` without one.
    /// - Throws: `ASGIError` for an unknown type, or for one at the wrong time.
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

    /// The server asks the application to shut down.
    ///
    /// - Returns: whether the application runs, so that its shutdown must be awaited.
    public mutating func shutdown() -> Bool {
        guard phase == .running else { return false }
        phase = .stopping
        return true
    }

    /// The application has returned or raised.
    ///
    /// - Parameter error: the exception's text; `nil` if it has returned.
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
