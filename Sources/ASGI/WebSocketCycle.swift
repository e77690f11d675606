/// One WebSocket as a state machine over the messages that ASGI allows (HTTP & WebSocket, "WebSocket").
///
/// A plain value without side effects, like `HTTPCycle`. A denial response is an HTTP response, whose messages an
/// `HTTPCycle` checks.
public struct WebSocketCycle: Equatable, Sendable {
    private enum Phase: Equatable, Sendable {
        /// The handshake waits for the application. Valid next: open, denying, closed, disconnected.
        case connecting
        /// Accepted. Valid next: closed, disconnected.
        case open
        /// `websocket.http.response.start` was sent. Valid next: closed, disconnected.
        case denying
        /// The application has closed or refused the connection. Final.
        case closed
        /// The client has disconnected. Final.
        case disconnected
    }

    /// What to do with a message from the application.
    public enum Verdict: Equatable, Sendable {
        /// Send it to the client.
        case forward
        /// Refuse the handshake with status 403.
        case refuse
        /// Raise the error for a closed connection in the application.
        case disconnected
    }

    /// How the connection has ended when the application returns.
    public enum Ending: Equatable, Sendable {
        /// It had ended before: closed, refused, or left by the client.
        case complete
        /// The handshake was neither accepted nor refused.
        case withoutAnswer
        /// The denial response is incomplete.
        case withoutCompletion
        /// It is still open and has to be closed.
        case open
    }

    private var phase = Phase.connecting

    /// A cycle before its first message.
    public init() {}

    /// Whether the handshake was accepted. Stays true after the connection has ended.
    public private(set) var isAccepted = false

    /// Whether a denial response has begun and is not complete.
    public var isDenying: Bool { phase == .denying }

    /// Whether the connection has ended, so that no message changes anything.
    public var isOver: Bool { phase == .closed || phase == .disconnected }

    /// Whether the client has disconnected.
    public var isDisconnected: Bool { phase == .disconnected }

    /// The application sends `websocket.accept`.
    ///
    /// - Throws: `ASGIError` if the connection has been accepted already, or if a denial response has begun.
    public mutating func accept() throws(ASGIError) -> Verdict {
        switch phase {
        case .connecting:
            phase = .open
            isAccepted = true
            return .forward
        case .open:
            throw ASGIError(
                "Expected ASGI message 'websocket.send' or 'websocket.close', but got 'websocket.accept'.")
        case .denying:
            throw ASGIError(
                "Expected ASGI message 'websocket.http.response.body' but got 'websocket.accept'.")
        case .closed, .disconnected: return .disconnected
        }
    }

    /// The application sends `websocket.send`.
    ///
    /// - Throws: `ASGIError` before the connection is accepted, or after a denial response has begun.
    public func send() throws(ASGIError) -> Verdict {
        switch phase {
        case .connecting:
            throw ASGIError(
                "Expected ASGI message 'websocket.accept', 'websocket.close' or 'websocket.http.response.start' "
                    + "but got 'websocket.send'.")
        case .open: return .forward
        case .denying:
            throw ASGIError("Expected ASGI message 'websocket.http.response.body' but got 'websocket.send'.")
        case .closed, .disconnected: return .disconnected
        }
    }

    /// The application sends `websocket.close`, which refuses a connection that it has not accepted.
    ///
    /// - Parameter code: 1000 to 1003, 1007 to 1014 or 3000 to 4999 (RFC 6455, 7.4). Not checked before the connection
    ///   is accepted, because the client then gets status 403 instead.
    /// - Throws: `ASGIError` for another code on an open connection, or if a denial response has begun.
    public mutating func close(code: Int) throws(ASGIError) -> Verdict {
        switch phase {
        case .connecting:
            phase = .closed
            return .refuse
        case .open:
            guard WebSocketCycle.canBeSent(code) else {
                throw ASGIError(
                    .value, "'code' of 'websocket.close' must be \(WebSocketCycle.allowedCodes), got \(code)")
            }
            phase = .closed
            return .forward
        case .denying:
            throw ASGIError("Expected ASGI message 'websocket.http.response.body' but got 'websocket.close'.")
        case .closed, .disconnected: return .disconnected
        }
    }

    /// The application sends a valid `websocket.http.response.start`.
    ///
    /// - Throws: `ASGIError` if the connection was accepted, or if a denial response has begun.
    public mutating func deny() throws(ASGIError) -> Verdict {
        switch phase {
        case .connecting:
            phase = .denying
            return .forward
        case .open:
            throw ASGIError(
                "Expected ASGI message 'websocket.send' or 'websocket.close', "
                    + "but got 'websocket.http.response.start'.")
        case .denying:
            throw ASGIError(
                "Expected ASGI message 'websocket.http.response.body' but got 'websocket.http.response.start'.")
        case .closed, .disconnected: return .disconnected
        }
    }

    /// The denial response is complete.
    public mutating func denied() {
        if phase == .denying { phase = .closed }
    }

    /// The client has disconnected.
    ///
    /// - Returns: `false` if the connection had ended before.
    public mutating func disconnect() -> Bool {
        if isOver { return false }
        phase = .disconnected
        return true
    }

    /// The application has returned.
    public mutating func finish() -> Ending {
        defer { if !isOver { phase = .closed } }
        switch phase {
        case .connecting: return .withoutAnswer
        case .denying: return .withoutCompletion
        case .open: return .open
        case .closed, .disconnected: return .complete
        }
    }

    /// The application has raised.
    ///
    /// - Returns: whether this makes the connection fail; `false` if it had ended before.
    public mutating func fail() -> Bool {
        if isOver { return false }
        phase = .closed
        return true
    }

    private static let allowedCodes: StaticString = "1000 to 1003, 1007 to 1014 or 3000 to 4999"

    /// Whether an endpoint may send this code in a close frame (RFC 6455, 7.4).
    public static func canBeSent(_ code: Int) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
