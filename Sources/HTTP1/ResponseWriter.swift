/// Writes one response, as octets into a buffer: interim heads, the head, pieces of the body, trailers.
///
/// It decides how the body is framed and whether the connection goes on, and lets nothing through that a client could take
/// for another response. The order of calls is the caller's duty: `begin`, `field` for each field, `endHead`; any number
/// of pieces; `beginTrailers` and `field` if there are trailers; `end`.
public struct ResponseWriter: Sendable {
    /// How a client sees where the body ends.
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

    /// The request's method is HEAD: the response has no body.
    public let isHead: Bool
    let isFirstVersion: Bool
    var part = Part.head
    var status = 0
    /// Where the head that is being written begins in the buffer.
    var mark = 0
    var hasDate = false
    var namesUpgrade = false
    var contentLength = -1
    var remaining = 0
    /// Seconds that clients are told that the connection is kept when it is idle; negative: they are not told.
    public var idleSeconds = -1
    /// How the body is framed, from `endHead` on.
    public internal(set) var framing = Framing.none
    /// Whether the connection can take another request after this response.
    public internal(set) var keepsAlive: Bool

    /// A response before its first octet.
    ///
    /// - Parameters:
    ///   - isHead: the request's method is HEAD.
    ///   - minorVersion: of the request: 1 for HTTP/1.1, 0 for HTTP/1.0.
    ///   - keepsAlive: the client may send another request, and the server wants to take it.
    public init(isHead: Bool, minorVersion: UInt8, keepsAlive: Bool) {
        self.isHead = isHead
        isFirstVersion = minorVersion == 0
        self.keepsAlive = keepsAlive
    }

    /// The interim response that asks for the body (RFC 9110, 15.2.1).
    public static func writeContinue(into buffer: inout OctetBuffer) {
        buffer.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Begins a head.
    ///
    /// - Parameters:
    ///   - status: from 100 to 999, but not 101. Below 200 it is an interim head, after which another one begins.
    ///   - buffer: where it goes.
    @inline(__always)
    public mutating func begin(status: Int, into buffer: inout OctetBuffer) throws(ResponseError) {
        guard status >= 100, status < 1_000, status != 101 else { throw .status }
        mark = buffer.count
        self.status = status
        // Of this head alone: an interim one, or one that was refused, may have come before it.
        (hasDate, namesUpgrade, contentLength) = (false, false, -1)
        part = status < 200 ? .interim : .head
        StatusLine.write(status, into: &buffer)
    }

    /// Ends a head: adds what the application leaves to the server.
    ///
    /// - Parameters:
    ///   - bodyCount: the octets of the whole body if they are known; becomes the Content-Length if there is none.
    ///   - hasTrailers: trailers will follow, so the body comes in chunks if the client can take them.
    ///   - date: the value of the Date field, for when the application has set none; empty for none.
    ///   - buffer: where it goes.
    public mutating func endHead(
        bodyCount: Int? = nil, hasTrailers: Bool = false, date: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) {
        if part == .interim {
            part = .head
            // HTTP/1.0 knows no interim responses (RFC 9110, 15.2).
            if isFirstVersion { buffer.truncate(to: mark) } else { buffer.append("\r\n") }
            return
        }
        if !hasDate, unsafe !date.isEmpty { unsafe writeField("date: ", date, into: &buffer) }
        frame(bodyCount, hasTrailers, into: &buffer)
        writeConnection(into: &buffer)
        buffer.append("\r\n")
        part = .body
    }

    /// Decides where the body ends (RFC 9112, 6).
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

    /// Says that the connection ends with this response. Before `endHead`, so that the client learns it.
    public mutating func close() { keepsAlive = false }
}
