/// Writes one response into a buffer: interim heads, the head, pieces of the body, trailers.
///
/// It decides how the body is framed and whether the connection is kept, and refuses everything that a client could
/// take for another response. The caller must keep the order: `begin`, `field` for each field, `endHead`; any number of
/// pieces; `beginTrailers` and `field` if there are trailers; `end`.
public struct ResponseWriter: Sendable {
    /// How the end of the body is marked.
    public enum Framing: UInt8, Sendable {
        /// There is no body, whatever the head declares (HEAD, 204, 304).
        case none
        /// By Content-Length.
        case length
        /// By chunks.
        case chunked
        /// By the end of the connection.
        case close
    }

    enum Part: UInt8, Sendable {
        case interim
        case head
        case body
        case trailers
    }

    /// Whether the request's method is HEAD, so that the response has no body.
    public let isHead: Bool
    let isFirstVersion: Bool
    var part = Part.head
    var status = 0
    /// The offset in the buffer at which the current head begins.
    var mark = 0
    var hasDate = false
    var namesUpgrade = false
    var contentLength = -1
    var remaining = 0
    /// The seconds for which an idle connection is kept, sent in Keep-Alive; negative to send nothing.
    public var idleSeconds = -1
    /// How the body is framed. Valid after `endHead`.
    public internal(set) var framing = Framing.none
    /// Whether the connection can take another request after this response.
    public internal(set) var keepsAlive: Bool

    /// A writer before its first octet.
    ///
    /// - Parameters:
    ///   - isHead: whether the request's method is HEAD.
    ///   - minorVersion: the request's version: 1 for HTTP/1.1, 0 for HTTP/1.0.
    ///   - keepsAlive: whether client and server can keep the connection.
    public init(isHead: Bool, minorVersion: UInt8, keepsAlive: Bool) {
        self.isHead = isHead
        isFirstVersion = minorVersion == 0
        self.keepsAlive = keepsAlive
    }

    /// Writes the interim response that asks for the body (RFC 9110, 15.2.1).
    public static func writeContinue(into buffer: inout OctetBuffer) {
        buffer.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Begins a head.
    ///
    /// - Parameters:
    ///   - status: from 100 to 999 except 101. Below 200 it begins an interim head, and another head must follow.
    ///   - buffer: receives the head.
    /// - Throws: `status`.
    @inline(__always)
    public mutating func begin(status: Int, into buffer: inout OctetBuffer) throws(ResponseError) {
        guard status >= 100, status < 1_000, status != 101 else { throw .status }
        mark = buffer.count
        self.status = status
        // These belong to this head only: an interim or refused one may have come before.
        (hasDate, namesUpgrade, contentLength) = (false, false, -1)
        part = status < 200 ? .interim : .head
        StatusLine.write(status, into: &buffer)
    }

    /// Ends a head: adds the fields that the application leaves to the server.
    ///
    /// - Parameters:
    ///   - bodyCount: the length of the whole body in octets, if known; becomes the Content-Length if there is none.
    ///   - hasTrailers: whether trailers will follow; the body is then chunked if the client's version allows it.
    ///   - date: the value of the Date field, used if the application has set none; empty for no field.
    ///   - buffer: receives the fields.
    public mutating func endHead(
        bodyCount: Int? = nil, hasTrailers: Bool = false, date: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) {
        if part == .interim {
            part = .head
            // HTTP/1.0 has no interim responses (RFC 9110, 15.2).
            if isFirstVersion { buffer.truncate(to: mark) } else { buffer.append("\r\n") }
            return
        }
        if !hasDate, unsafe !date.isEmpty { unsafe writeField("date: ", date, into: &buffer) }
        frame(bodyCount, hasTrailers, into: &buffer)
        writeConnection(into: &buffer)
        buffer.append("\r\n")
        part = .body
    }

    /// Decides how the body is framed (RFC 9112, 6).
    @inline(__always)
    private mutating func frame(_ bodyCount: Int?, _ hasTrailers: Bool, into buffer: inout OctetBuffer) {
        let hasNoBody = isHead || status == 204 || status == 304
        if hasNoBody { framing = .none }
        if contentLength >= 0 {
            remaining = contentLength
            if !hasNoBody { framing = .length }
        } else if hasNoBody, !isHead || bodyCount == nil {
            // Nothing to declare.
        } else if let bodyCount, !hasTrailers || isHead {
            buffer.append("content-length: ")
            buffer.append(decimal: bodyCount)
            buffer.append("\r\n")
            remaining = bodyCount
            if !hasNoBody { framing = .length }
        } else if !isFirstVersion {
            buffer.append("transfer-encoding: chunked\r\n")
            framing = .chunked
        } else {
            framing = .close
            keepsAlive = false
        }
    }

    @inline(__always)
    private func writeConnection(into buffer: inout OctetBuffer) {
        let tellsTime = keepsAlive && idleSeconds >= 0
        if keepsAlive, !isFirstVersion, !namesUpgrade, !tellsTime { return }
        switch (keepsAlive, namesUpgrade) {
        case (true, false): buffer.append("connection: keep-alive\r\n")
        case (true, true): buffer.append("connection: keep-alive, upgrade\r\n")
        case (false, false): buffer.append("connection: close\r\n")
        case (false, true): buffer.append("connection: close, upgrade\r\n")
        }
        guard tellsTime else { return }
        buffer.append("keep-alive: timeout=")
        buffer.append(decimal: idleSeconds)
        buffer.append("\r\n")
    }

    /// Ends the connection with this response. Call it before `endHead` to tell the client.
    public mutating func close() { keepsAlive = false }
}
