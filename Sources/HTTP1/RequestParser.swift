/// Parses the requests of one connection from octets that may be split anywhere.
///
/// The caller passes each piece of input to `next` until that needs more, and gets one event at a time: a head, pieces
/// of its body, its end. The parser does not read beyond a message's end before it is asked to, so the caller decides
/// when the next pipelined request begins. A head that is complete in the input is not copied. Memory is allocated for
/// the first head, and later only for larger ones.
///
/// It accepts what RFC 9110 and RFC 9112 allow, without the liberties that they give to recipients: a message that two
/// servers could interpret differently is refused.
public struct RequestParser: ~Copyable {
    /// What the parser has found.
    ///
    /// `@safe` because the bytes of a piece are unsafe to keep, and marked so.
    @safe public enum Event {
        /// All input is used; pass the next piece.
        case needsMore
        /// A head is complete: see `head`.
        case head
        /// A piece of the body, in the memory of the input.
        case body(UnsafeRawBufferPointer)
        /// The message is complete. The next one begins after the used octets.
        case end
    }

    enum State: UInt8 {
        case start
        case startLineFeed
        case requestLine
        case fields
        case fixedBody
        case chunkSizeStart
        case chunkSize
        case chunkSizeLineFeed
        case extensionStart
        case extensionName
        case extensionValueStart
        case extensionValue
        case extensionQuoted
        case extensionQuotedPair
        case extensionEnd
        case chunkData
        case chunkDataReturn
        case chunkDataLineFeed
        case trailers
        case end
        case closed
        case failed
    }

    /// The limits for a request.
    public let limits: RequestLimits
    /// The head of the current message, from its event on. After an error `isHead` says whether the response may have a
    /// body, as far as the request was received.
    public internal(set) var head: RequestHead

    var state = State.start
    var failure = RequestError.requestLine
    /// The beginning of a head, or of trailers, whose end was not received yet.
    var held = OctetBuffer()
    /// The offset of the next line from the start of the head or trailers.
    var line = 0
    var emptyLines = 0
    var fieldCapacity = 0
    var facts = HeadFacts()
    /// The octets of the body or chunk that were not received yet.
    var remaining = 0
    /// The octets of a chunked body received so far.
    var received = 0
    /// The digits of the chunk's size received so far.
    var sizeDigits = 0
    /// The octets of the chunk's extensions received so far.
    var extensionCount = 0
    /// The fields of the trailers received so far.
    var trailerCount = 0

    /// A parser before the first octet of a connection.
    public init(limits: RequestLimits = RequestLimits()) {
        self.limits = limits
        head = unsafe RequestHead(start: Self.emptyStart, fieldStart: Self.noFields)
    }

    deinit {
        if fieldCapacity > 0 { unsafe head.fieldStart.deallocate() }
    }

    /// Parses the input up to the next event.
    ///
    /// - Parameters:
    ///   - input: octets received together. All of them are used before `needsMore`.
    ///   - used: how many octets of the input are used; advanced.
    /// - Throws: the reason why the request is refused; every later call throws the same.
    public mutating func next(_ input: UnsafeRawBufferPointer, used: inout Int) throws(RequestError) -> Event {
        assert(used >= 0 && used <= input.count)
        let octets = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? Self.emptyStart
        do {
            return try unsafe step(octets, input.count, &used)
        } catch {
            // Octets between two messages do not belong to the previous one.
            if state == .start || state == .startLineFeed { head.isHead = false }
            state = .failed
            failure = error
            throw error
        }
    }

    /// Whether a message has begun and is not complete.
    public var isInMessage: Bool { !(state == .start || state == .startLineFeed || state == .closed) }

    private mutating func step(_ octets: Octets, _ count: Int, _ used: inout Int) throws(RequestError) -> Event {
        while true {
            switch state {
            case .start, .startLineFeed:
                guard try unsafe skipEmptyLines(octets, count, &used) else { return .needsMore }
                state = .requestLine
            case .requestLine, .fields:
                guard try unsafe readHead(octets, count, &used) else { return .needsMore }
                return .head
            case .fixedBody:
                guard used < count else { return .needsMore }
                return unsafe takeBody(octets, count, &used, then: .end)
            case .chunkData:
                guard used < count else { return .needsMore }
                return unsafe takeBody(octets, count, &used, then: .chunkDataReturn)
            case .trailers:
                guard try unsafe readTrailers(octets, count, &used) else { return .needsMore }
                state = .end
            case .end:
                finishMessage()
                return .end
            case .closed:
                // Empty lines after the last body are not a request.
                while used < count, unsafe octets[used] == .carriageReturn || octets[used] == .lineFeed { used += 1 }
                guard used < count else { return .needsMore }
                throw .afterClose
            case .failed:
                throw failure
            default:
                guard try unsafe readChunkFrame(octets, count, &used) else { return .needsMore }
            }
        }
    }

    /// Skips the empty lines before a request, which some clients send after a body (RFC 9112, 2.2).
    @inline(__always)
    private mutating func skipEmptyLines(
        _ octets: Octets, _ count: Int, _ used: inout Int
    ) throws(RequestError) -> Bool {
        while used < count {
            let octet = unsafe octets[used]
            if state == .startLineFeed {
                guard octet == .lineFeed else { throw .bareCarriageReturn }
                emptyLines += 1
                guard emptyLines <= limits.emptyLines else { throw .emptyLines }
                state = .start
            } else if octet == .carriageReturn {
                state = .startLineFeed
            } else {
                return true
            }
            used += 1
        }
        return false
    }

    @inline(__always)
    private mutating func takeBody(_ octets: Octets, _ count: Int, _ used: inout Int, then next: State) -> Event {
        let taken = min(remaining, count - used)
        let piece = unsafe UnsafeRawBufferPointer(start: octets + used, count: taken)
        used += taken
        remaining -= taken
        if remaining == 0 { state = next }
        return unsafe .body(piece)
    }

    @inline(__always)
    private mutating func finishMessage() {
        state = head.keepsAlive ? .start : .closed
        emptyLines = 0
        // An idle connection keeps no more memory than a usual request needs.
        held.clear(keeping: 2_048)
        if fieldCapacity > Self.usualFields { releaseFields() }
    }

    /// An address for views without octets.
    static var emptyStart: Octets { unsafe StaticString("").utf8Start }
}
