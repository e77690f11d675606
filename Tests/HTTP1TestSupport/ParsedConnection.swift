public import HTTP1

/// The messages that a parser finds on one connection, as values that can be compared.
public struct ParsedConnection: Equatable, Sendable {
    /// How the connection's octets end.
    public enum Ending: Equatable, Sendable {
        /// Between two messages, or after the last one.
        case whole
        /// In the middle of a message.
        case truncated
        /// After a head that hands the connection over to another protocol.
        case handedOver
        /// With a request that is refused.
        case refused(RequestError)
    }

    /// The messages, of which the last one may be incomplete.
    public var messages: [ParsedMessage] = []
    /// How the octets end.
    public var ending = Ending.whole
    /// The number of octets of all complete messages.
    public var completeCount = 0
    /// An inconsistency that no input may cause; nil without one.
    public var problem: String?

    /// Parses a connection.
    ///
    /// - Parameters:
    ///   - octets: the client's data.
    ///   - cuts: the places where the data is cut into pieces, in order.
    ///   - limits: the parser's limits.
    public init(_ octets: [UInt8], cuts: [Int] = [], limits: RequestLimits = RequestLimits()) {
        var parsing = Parsing(octets, limits: limits)
        do throws(RequestError) {
            var start = 0
            for end in cuts + [octets.count] {
                try parsing.take(start..<end)
                start = end
            }
            ending = parsing.isHandedOver ? .handedOver : parsing.parser.isInMessage ? .truncated : .whole
        } catch {
            ending = .refused(error)
        }
        messages = parsing.messages
        completeCount = parsing.completeCount
        problem = parsing.problem
    }

    /// Parses a connection in one piece, then cut at each place (at 512 of them if it is long), then octet by octet.
    ///
    /// - Returns: the result for one piece; its `problem` says where another one differed.
    public static func cutEverywhere(_ octets: [UInt8], limits: RequestLimits = RequestLimits()) -> ParsedConnection {
        var whole = ParsedConnection(octets, limits: limits)
        let places = stride(from: 0, through: octets.count, by: max(1, octets.count / 512))
        let cuts = places.map { [$0] } + [Array(0..<octets.count)]
        for cuts in cuts where whole.problem == nil {
            let other = ParsedConnection(octets, cuts: cuts, limits: limits)
            if other != whole { whole.problem = "cut at \(cuts.prefix(2)) it is read as \(other)" }
        }
        return whole
    }
}

/// One connection's parser and its position.
private struct Parsing: ~Copyable {
    var parser: RequestParser
    var messages: [ParsedMessage] = []
    var problem: String?
    var isHandedOver = false
    var completeCount = 0
    private let octets: [UInt8]

    init(_ octets: [UInt8], limits: RequestLimits) {
        self.octets = octets
        parser = RequestParser(limits: limits)
    }

    /// Passes one piece to the parser, in memory that is freed afterwards.
    mutating func take(_ range: Range<Int>) throws(RequestError) {
        guard !isHandedOver else { return }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 1)
        defer { piece.deallocate() }
        piece.copyBytes(from: octets[range])
        var used = 0
        while !isHandedOver {
            let before = used
            switch try parser.next(UnsafeRawBufferPointer(piece), used: &used) {
            case .needsMore:
                if used != range.count { problem = "needsMore with \(range.count - used) unused octets" }
                return
            case .head: takeHead(endingAt: range.lowerBound + used)
            case .body(let octets):
                if octets.isEmpty || used - before < octets.count { problem = "a piece of the body without octets" }
                messages[messages.count - 1].addBody(octets)
            case .end:
                messages[messages.count - 1].isComplete = true
                completeCount = range.lowerBound + used
            }
        }
    }

    private mutating func takeHead(endingAt end: Int) {
        let head = parser.head
        messages.append(ParsedMessage(head, after: completeCount))
        isHandedOver = head.isConnect || head.wantsUpgrade
        let start = end - head.count
        let isSame = start >= 0 && head.octets.elementsEqual(octets[start..<end])
        if !isSame { problem = "a head that differs from the input" }
    }
}
