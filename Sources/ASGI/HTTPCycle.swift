/// One HTTP request and its response, as the sequence of messages that ASGI allows (HTTP & WebSocket, "HTTP").
///
/// A plain value: each event is a method that moves the state on and says what to do; it does nothing itself.
public struct HTTPCycle: Equatable, Sendable {
    private enum Phase: UInt8, Sendable {
        /// Valid next: started, failed, disconnected.
        case waiting
        /// `http.response.start` was sent. Valid next: trailers, complete, failed, disconnected.
        case started
        /// The body is complete, `http.response.trailers` is due. Valid next: complete, failed, disconnected.
        case trailers
        /// The response is complete. Final.
        case complete
        /// The exchange ended with an error. Final.
        case failed
        /// The client has left. Final.
        case disconnected
    }

    /// What to do with a message that the application has sent.
    public enum Verdict: Equatable, Sendable {
        /// Pass it on.
        case forward
        /// Pass it on without its body's bytes (HEAD, 204, 304).
        case forwardWithoutBody
        /// Do nothing: the response is complete.
        case ignore
        /// Raise the error for a closed connection.
        case disconnected
    }

    /// How the exchange ended when the application returned.
    public enum Ending: Equatable, Sendable {
        /// The response is complete, or the client had left.
        case complete
        /// No response was sent.
        case withoutResponse
        /// The response was not finished.
        case withoutCompletion
    }

    private var phase: Phase = .waiting
    /// The method is HEAD: the response has no body, whatever it declares.
    public let isHead: Bool
    private var hasTrailers = false
    private var suppressesBody = false
    private var sentBody = false
    private var sentFile = false
    private var remaining: Int?

    /// An exchange before the first message.
    ///
    /// - Parameter isHead: the method is HEAD, so the response has no body whatever is sent.
    public init(isHead: Bool = false) { self.isHead = isHead }

    /// Whether `http.response.start` was sent.
    public private(set) var isStarted = false

    /// Whether no message changes anything any more.
    public var isOver: Bool { phase == .complete || phase == .failed || phase == .disconnected }

    /// Whether the client has left.
    public var isDisconnected: Bool { phase == .disconnected }

    /// Whether `receive()` gives `http.disconnect` from now on.
    public var receivesDisconnect: Bool { isOver }

    /// `http.response.start`.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - contentLength: the declared length in bytes, if the headers have one.
    ///   - trailers: `http.response.trailers` will be sent.
    public mutating func start(
        status: Int, contentLength: Int?, trailers: Bool
    ) throws(ASGIError) -> Verdict {
        switch phase {
        case .waiting:
            guard (200...999).contains(status) else {
                // An interim response, or nothing that HTTP knows: the client would go on waiting for the final one.
                throw ASGIError(.value, "'status' of 'http.response.start' must be from 200 to 999, got \(status)")
            }
            phase = .started
            isStarted = true
            hasTrailers = trailers
            suppressesBody = isHead || status == 204 || status == 304
            remaining = suppressesBody ? nil : contentLength
            return .forward
        case .started:
            throw ASGIError("Expected ASGI message 'http.response.body', but got 'http.response.start'.")
        case .trailers:
            throw ASGIError("Expected ASGI message 'http.response.trailers', but got 'http.response.start'.")
        case .complete, .failed: return .ignore
        case .disconnected: return .disconnected
        }
    }

    /// `http.response.body`.
    ///
    /// - Parameters:
    ///   - length: the chunk's length in bytes.
    ///   - more: `more_body`.
    public mutating func body(length: Int, more: Bool) throws(ASGIError) -> Verdict {
        switch phase {
        case .waiting:
            throw ASGIError("Expected ASGI message 'http.response.start', but got 'http.response.body'.")
        case .started:
            if let left = remaining {
                guard length <= left else { throw ASGIError("Response content longer than Content-Length") }
                guard more || length == left else { throw ASGIError("Response content shorter than Content-Length") }
                remaining = left - length
            }
            if !more { phase = hasTrailers ? .trailers : .complete }
            sentBody = true
            return suppressesBody ? .forwardWithoutBody : .forward
        case .trailers:
            throw ASGIError("Expected ASGI message 'http.response.trailers', but got 'http.response.body'.")
        case .complete where sentFile:
            throw ASGIError("Unexpected ASGI message 'http.response.body' sent, after 'http.response.pathsend'.")
        case .complete, .failed: return .ignore
        case .disconnected: return .disconnected
        }
    }

    /// `http.response.pathsend`: the whole body is a file.
    public mutating func file() throws(ASGIError) -> Verdict {
        switch phase {
        case .waiting:
            throw ASGIError("Expected ASGI message 'http.response.start', but got 'http.response.pathsend'.")
        case .started:
            guard !sentBody else {
                throw ASGIError("Expected ASGI message 'http.response.body', but got 'http.response.pathsend'.")
            }
            phase = hasTrailers ? .trailers : .complete
            sentFile = true
            return suppressesBody ? .forwardWithoutBody : .forward
        case .trailers:
            throw ASGIError("Expected ASGI message 'http.response.trailers', but got 'http.response.pathsend'.")
        case .complete, .failed: return .ignore
        case .disconnected: return .disconnected
        }
    }

    /// `http.response.trailers`.
    public mutating func trailers(more: Bool) throws(ASGIError) -> Verdict {
        switch phase {
        case .waiting:
            throw ASGIError("Expected ASGI message 'http.response.start', but got 'http.response.trailers'.")
        case .started:
            throw ASGIError("Expected ASGI message 'http.response.body', but got 'http.response.trailers'.")
        case .trailers:
            if !more { phase = .complete }
            return .forward
        case .complete, .failed: return .ignore
        case .disconnected: return .disconnected
        }
    }

    /// `http.response.early_hint`: on its way until the body is complete; what can be done with it is not the protocol's.
    public func interim() -> Verdict {
        switch phase {
        case .waiting, .started: .forward
        case .trailers, .complete, .failed: .ignore
        case .disconnected: .disconnected
        }
    }

    /// The client has left. Nothing after the end of the response.
    public mutating func disconnect() {
        if !isOver { phase = .disconnected }
    }

    /// The application has returned.
    public mutating func finish() -> Ending {
        switch phase {
        case .waiting:
            phase = .failed
            return .withoutResponse
        case .started, .trailers:
            phase = .failed
            return .withoutCompletion
        case .complete, .failed, .disconnected: return .complete
        }
    }

    /// The application has raised.
    ///
    /// - Returns: whether the exchange fails because of it; `false` when the response is complete already.
    public mutating func fail() -> Bool {
        if isOver { return false }
        phase = .failed
        return true
    }
}
