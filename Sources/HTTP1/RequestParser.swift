/// Reads the requests of one connection from octets as they come, cut anywhere.
///
/// A caller gives each piece of input to `next` until it needs more, and gets one event at a time: a head, pieces of its
/// body, its end. Nothing is read past a message's end before the caller asks for it, so the caller decides when the next
/// request of a pipeline begins. A head that lies whole in the input is read where it is; only one that was cut is copied.
/// Memory is allocated for the first head, and then for larger ones alone.
///
/// What is accepted is what RFC 9110 and RFC 9112 allow, without the liberties that they leave to recipients: a message
/// that two servers could read differently is refused.
public struct RequestParser: ~Copyable {
    /// What comes next in the octets of a connection.
    ///
    /// `@safe` because the bytes of a piece say themselves that they are unsafe to keep.
    @safe public enum Event {
        /// All input is used; the next piece continues.
        case needsMore
        /// A head is complete: see `head`.
        case head
        /// A piece of the body, in the input.
        case body(UnsafeRawBufferPointer)
        /// The message is complete. The next one begins after the octets that were used.
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

    /// How much of a request is accepted.
    public let limits: RequestLimits
    /// The head of the message that is being read, from its event on. After an error `isHead` says whether the answer may
    /// have a body, as far as the request came.
    public internal(set) var head: RequestHead

    var state = State.start
    var failure = RequestError.requestLine
    /// The start of a head, or the trailers, that came without their end.
    var held = OctetBuffer()
    /// Where the next line begins, from the start of the head or trailers.
    var line = 0
    var emptyLines = 0
    var fieldRoom = 0
    var facts = HeadFacts()
    /// Octets of the body, or of the chunk, that are still to come.
    var remaining = 0
    /// Octets of the body until now, when it comes in chunks.
    var received = 0
    /// Digits of the chunk's size until now.
    var sizeDigits = 0
    /// Octets of the chunk's extensions until now.
    var extensionCount = 0
    /// Fields of the trailers until now.
    var trailerCount = 0

    /// A parser before the first octet of a connection.
    public init(limits: RequestLimits = RequestLimits()) {
        self.limits = limits
        head = unsafe RequestHead(start: Self.nowhere, fieldStart: Self.noFields)
    }

    deinit {
        if fieldRoom > 0 { unsafe head.fieldStart.deallocate() }
    }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - input: octets that came together. All of it is used before `needsMore`.
    ///   - used: how many of its octets are used; moved on.
    /// - Returns: what was found.
    /// - Throws: what is wrong with the request; the same for each call from then on.
    public mutating func next(_ input: UnsafeRawBufferPointer, used: inout Int) throws(RequestError) -> Event {
        assert(used >= 0 && used <= input.count)
        let octets = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? Self.nowhere
        do {
            return try unsafe step(octets, input.count, &used)
        } catch {
            // What comes between two messages is not of the one before.
            if state == .start || state == .startLineFeed { head.isHead = false }
            state = .failed
            failure = error
            throw error
        }
    }

    /// Whether a message has begun and is not complete.
    public var isInMessage: Bool { !(state == .start || state == .startLineFeed || state == .closed) }

    /// The octets of a head that is not complete yet, as they came.
    public var unfinishedHead: UnsafeRawBufferPointer {
        unsafe state == .requestLine || state == .fields ? held.octets : UnsafeRawBufferPointer(start: nil, count: 0)
    }

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
                // An empty line after the last body is no request.
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

    /// Passes the empty lines before a request, which some clients send after a body (RFC 9112, 2.2).
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
        // An idle connection keeps no more than it needs for a usual request.
        held.clear(keeping: 2_048)
        if fieldRoom > Self.usualFields { releaseFields() }
    }

    /// Where a view points to that has nothing.
    static var nowhere: Octets { unsafe StaticString("").utf8Start }
}
