/// How much of a request a parser accepts before it refuses it.
public struct RequestLimits: Equatable, Sendable {
    /// Octets of a head: the request line and all fields with their line ends. More is answered with 431.
    public var head: Int
    /// Octets of a request line with its end. More is answered with 414.
    public var requestLine: Int
    /// Fields of a head, and of trailers. More is answered with 431.
    public var fields: Int
    /// Octets of a body. More is answered with 413.
    public var body: Int
    /// Octets of one chunk's extensions. More is answered with 413.
    public var chunkExtension: Int
    /// Octets of trailers. More is answered with 431.
    public var trailers: Int
    /// Empty lines before a request. More is answered with 400.
    public var emptyLines: Int

    /// Limits; all that is not said is as in Node.
    ///
    /// - Parameters:
    ///   - head: octets of a head, and of trailers; at most 1 GiB.
    ///   - requestLine: octets of a request line; as long as a head if not said.
    ///   - fields: fields of a head.
    ///   - body: octets of a body, or 0 for no limit.
    ///   - chunkExtension: octets of one chunk's extensions.
    ///   - trailers: octets of trailers; as long as a head if not said.
    ///   - emptyLines: empty lines before a request.
    public init(
        head: Int = 16_384, requestLine: Int? = nil, fields: Int = 1_000, body: Int = 0, chunkExtension: Int = 16_384,
        trailers: Int? = nil, emptyLines: Int = 4
    ) {
        // Offsets in a head have 32 bits.
        self.head = min(head, 1 << 30)
        self.requestLine = min(requestLine ?? head, self.head)
        self.fields = fields
        self.body = body == 0 ? .max : body
        self.chunkExtension = chunkExtension
        self.trailers = min(trailers ?? head, 1 << 30)
        self.emptyLines = emptyLines
    }
}
