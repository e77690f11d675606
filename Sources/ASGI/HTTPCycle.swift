/// One HTTP request and its response as a state machine over the messages that ASGI allows (HTTP & WebSocket, "HTTP").
///
/// A plain value without side effects: there is one method per event, which changes the state and says what to do.
public struct HTTPCycle: Equatable, Sendable {
    private enum Phase: UInt8, Sendable {
        /// No response yet. Valid next: started, failed, disconnected.
        case waiting
        /// `http.response.start` was sent. Valid next: trailers, complete, failed, disconnected.
        case started
        /// The body is complete, `http.response.trailers` is due. Valid next: complete, failed, disconnected.
        case trailers
        /// The response is complete. Final.
        case complete
        /// The application has raised, or has returned before its response was complete. Final.
        case failed
        /// The client has disconnected. Final.
        case disconnected
    }

    /// What to do with a message from the application.
    public enum Verdict: Equatable, Sendable {
        /// Send it to the client.
        case forward
        /// Send it without the body's bytes (HEAD, 204, 304).
        case forwardWithoutBody
        /// Drop it: the response is complete.
        case ignore
        /// Raise the error for a closed connection in the application.
        case disconnected
    }

    /// How the exchange has ended when the application returns.
    public enum Ending: Equatable, Sendable {
        /// The response is complete, or the client has disconnected.
        case complete
        /// No response was sent.
        case withoutResponse
        /// The response is incomplete.
        case withoutCompletion
    }

    private var phase: Phase = .waiting
    /// Whether the method is HEAD: the response then has no body, whatever it declares.
    public let isHead: Bool
    private var hasTrailers = false
    private var suppressesBody = false
    private var sentBody = false
    private var sentFile = false
    private var remaining: Int?

    /// A cycle before its first message.
    ///
    /// - Parameter isHead: whether the method is HEAD.
    public init(isHead: Bool = false) { self.isHead = isHead }

    /// Whether `http.response.start` was sent.
    public private(set) var isStarted = false

    /// Whether the exchange has ended, so that no message changes anything.
    public var isOver: Bool { phase == .complete || phase == .failed || phase == .disconnected }

    /// Whether the client has disconnected.
    public var isDisconnected: Bool { phase == .disconnected }

    /// Whether `receive()` returns `http.disconnect` from now on.
    public var receivesDisconnect: Bool { isOver }

    /// The application sends `http.response.start`.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - contentLength: the declared length in bytes; `nil` if the headers have none.
    ///   - trailers: whether `http.response.trailers` will be sent.
    /// - Throws: `ASGIError` for a status outside of 200 to 999, or if the response has begun already.
    public mutating func start(
        status: Int, contentLength: Int?, trailers: Bool
    ) throws(ASGIError) -> Verdict {
        switch phase {
        case .waiting:
            guard (200...999).contains(status) else {
                // An interim or unknown status: the client would go on waiting for the final response.
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

    /// The application sends `http.response.body`.
    ///
    /// - Parameters:
    ///   - length: the chunk's length in bytes.
    ///   - more: `more_body`.
    /// - Throws: `ASGIError` before the start, when trailers are due, after a file, or if the body does not have its
    ///   declared length.
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

    /// The application sends `http.response.pathsend`: a file is the whole body. (`http.response.zerocopysend` sends a
    /// part of one, which counts as a chunk: see `body`.)
    ///
    /// - Throws: `ASGIError` before the start, after a part of the body, or when trailers are due.
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

    /// The application sends `http.response.trailers`.
    ///
    /// - Parameter more: `more_trailers`.
    /// - Throws: `ASGIError` unless the start has announced trailers and the body is complete.
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

    /// The application sends `http.response.early_hint`, which is allowed until the body is complete. Whether the
    /// client can receive it is for the caller to know.
    public func interim() -> Verdict {
        switch phase {
        case .waiting, .started: .forward
        case .trailers, .complete, .failed: .ignore
        case .disconnected: .disconnected
        }
    }

    /// The client has disconnected. Changes nothing after the end of the response.
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
    /// - Returns: whether this makes the exchange fail; `false` if the response is already complete.
    public mutating func fail() -> Bool {
        if isOver { return false }
        phase = .failed
        return true
    }
}
