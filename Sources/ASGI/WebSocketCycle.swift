/// One WebSocket, as the sequence of messages that ASGI allows (HTTP & WebSocket, "WebSocket").
///
/// A plain value, as `HTTPCycle` is. A denial response is an HTTP response: its messages are judged by an `HTTPCycle`.
public struct WebSocketCycle: Equatable, Sendable {
    private enum Phase: Equatable, Sendable {
        /// The handshake waits for the application. Valid next: open, denying, closed, disconnected.
        case connecting
        /// Accepted. Valid next: closed, disconnected.
        case open
        /// `websocket.http.response.start` was sent. Valid next: closed, disconnected.
        case denying
        /// The application has closed or refused it. Final.
        case closed
        /// The client has left. Final.
        case disconnected
    }

    /// What to do with a message that the application has sent.
    public enum Verdict: Equatable, Sendable {
        /// Pass it on.
        case forward
        /// The handshake is refused with 403.
        case refuse
        /// Raise the error for a closed connection.
        case disconnected
    }

    /// How the socket ends when the application has returned.
    public enum Ending: Equatable, Sendable {
        /// It has ended already.
        case complete
        /// It was never answered.
        case withoutAnswer
        /// The denial response is not complete.
        case withoutCompletion
        /// It is open: close it.
        case open
    }

    private var phase = Phase.connecting

    /// A socket before its first message.
    public init() {}

    /// Whether the handshake was accepted.
    public private(set) var isAccepted = false

    /// Whether a denial response has begun.
    public var isDenying: Bool { phase == .denying }

    /// Whether no message changes anything any more.
    public var isOver: Bool { phase == .closed || phase == .disconnected }

    /// Whether the client has left.
    public var isDisconnected: Bool { phase == .disconnected }

    /// `websocket.accept`.
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

    /// `websocket.send`.
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

    /// `websocket.close`.
    ///
    /// - Parameter code: 1000, 1001, 1003, 1007 to 1014, or 3000 to 4999 (RFC 6455, 7.4).
    public mutating func close(code: Int) throws(ASGIError) -> Verdict {
        switch phase {
        case .connecting:
            phase = .closed
            return .refuse
        case .open:
            guard WebSocketCycle.canBeSent(code) else {
                throw ASGIError(.value, "'code' of 'websocket.close' must be one that may be sent, got \(code)")
            }
            phase = .closed
            return .forward
        case .denying:
            throw ASGIError("Expected ASGI message 'websocket.http.response.body' but got 'websocket.close'.")
        case .closed, .disconnected: return .disconnected
        }
    }

    /// `websocket.http.response.start`, once it was found right.
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

    /// The client has left.
    ///
    /// - Returns: whether that is news.
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

    /// The application has raised: whether the socket fails because of it.
    public mutating func fail() -> Bool {
        if isOver { return false }
        phase = .closed
        return true
    }

    /// Whether a close frame may carry the code.
    public static func canBeSent(_ code: Int) -> Bool {
        switch code {
        case 1000, 1001, 1002, 1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
