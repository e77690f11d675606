/// Limits above which a parser refuses a request.
public struct RequestLimits: Equatable, Sendable {
    /// The length of a head in octets: request line, fields and their line ends. Status 431.
    public var head: Int
    /// The length of a request line in octets, with its end. Status 414.
    public var requestLine: Int
    /// The number of fields of a head, and of trailers. Status 431.
    public var fields: Int
    /// The length of a body in octets. Status 413.
    public var body: Int
    /// The length of one chunk's extensions in octets. Status 413.
    public var chunkExtension: Int
    /// The length of the trailers in octets. Status 431.
    public var trailers: Int
    /// The number of empty lines before a request. Status 400.
    public var emptyLines: Int

    /// Limits, by default those of Node.
    ///
    /// - Parameters:
    ///   - head: octets of a head; at most 1 GiB.
    ///   - requestLine: octets of a request line; by default as many as of a head.
    ///   - fields: fields of a head, and of trailers.
    ///   - body: octets of a body; 0 for no limit.
    ///   - chunkExtension: octets of one chunk's extensions.
    ///   - trailers: octets of trailers; by default as many as of a head.
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
