/// The reason why a request is refused, with a status to answer and a line for the client's developer.
///
/// The connection cannot go on after it, because it is unknown where the next request begins.
public enum RequestError: UInt8, Error, CaseIterable, Sendable {
    /// The connection does not begin with a method and one space.
    case requestLine
    /// The request line ends without a target or a version.
    case requestLineEnd
    /// A method that this server does not know.
    case method
    /// The first line of HTTP/2 (RFC 9113, 3.4).
    case secondVersion
    /// A target that is not a path, URL, authority or asterisk, or is not allowed with the method.
    case target
    /// A version other than HTTP/1.0 and HTTP/1.1.
    case version
    /// A line feed without a carriage return.
    case bareLineFeed
    /// A carriage return without a line feed.
    case bareCarriageReturn
    /// Too many empty lines before a request.
    case emptyLines
    /// A field name that is empty or not a token.
    case fieldName
    /// A blank between a field's name and the colon.
    case blankBeforeColon
    /// A line that begins with a blank, which would continue the previous one.
    case foldedLine
    /// A control character in a field value.
    case fieldValue
    /// HTTP/1.1 without Host.
    case hostMissing
    /// More than one Host line.
    case hostRepeated
    /// A Host that is not a host with an optional port.
    case host
    /// A Content-Length that is not a number.
    case contentLength
    /// More than one Content-Length line, even with the same value.
    case contentLengthRepeated
    /// Both Content-Length and Transfer-Encoding.
    case contentLengthAndTransferEncoding
    /// A Transfer-Encoding that does not end with `chunked`, or has it twice.
    case transferEncoding
    /// Transfer-Encoding in HTTP/1.0.
    case transferEncodingVersion
    /// A transfer coding other than `chunked`.
    case transferCoding
    /// A chunk size that is not a hexadecimal number.
    case chunkSize
    /// An invalid chunk extension.
    case chunkExtension
    /// A chunk that is longer than its size.
    case chunkEnd
    /// A field in the trailers that would change where the message ends.
    case trailerFraming
    /// Octets after the last request of the connection.
    case afterClose
    /// A body, or a chunk of it, that exceeds the limit.
    case bodyTooLarge
    /// Chunk extensions that exceed the limit.
    case chunkExtensionTooLarge
    /// A request line that exceeds the limit.
    case targetTooLong
    /// An expectation other than `100-continue`.
    case expectation
    /// A head that exceeds the limit.
    case headTooLarge
    /// More fields than the limit.
    case tooManyFields
    /// Trailers that exceed the limit.
    case trailersTooLarge

    /// The status code to answer.
    public var status: Int {
        switch self {
        case .bodyTooLarge, .chunkExtensionTooLarge: 413
        case .targetTooLong: 414
        case .expectation: 417
        case .headTooLarge, .tooManyFields, .trailersTooLarge: 431
        case .method, .transferCoding: 501
        case .version: 505
        default: 400
        }
    }

    /// What is wrong, in one line without its end.
    public var reason: StaticString {
        switch self {
        case .requestLine: "The request line does not begin with a method and one space."
        case .requestLineEnd: "The request line is not a method, a target and a version with one space between them."
        case .method: "The request's method is not known."
        case .secondVersion: "The client speaks HTTP/2 and this server HTTP/1.1."
        case .target: "The request's target is not valid for its method."
        case .version: "The request's version is neither HTTP/1.1 nor HTTP/1.0."
        case .bareLineFeed: "A line ends with a line feed without a carriage return."
        case .bareCarriageReturn: "A carriage return has no line feed after it."
        case .emptyLines: "Too many empty lines come before the request."
        case .fieldName: "A header has a name that is empty or not a token."
        case .blankBeforeColon: "A header has a blank before its colon."
        case .foldedLine: "A header line begins with a blank."
        case .fieldValue: "A header has a control character in its value."
        case .hostMissing: "The request has no Host header."
        case .hostRepeated: "The request has several Host headers."
        case .host: "The Host header is not a host with or without a port."
        case .contentLength: "The Content-Length header is not a number."
        case .contentLengthRepeated: "The request has several Content-Length headers."
        case .contentLengthAndTransferEncoding: "The request has both Content-Length and Transfer-Encoding."
        case .transferEncoding: "The Transfer-Encoding header does not end with chunked, once."
        case .transferEncodingVersion: "HTTP/1.0 has no Transfer-Encoding."
        case .transferCoding: "Only the transfer coding chunked is supported."
        case .chunkSize: "A chunk's size is not a hexadecimal number."
        case .chunkExtension: "A chunk has an extension that is not valid."
        case .chunkEnd: "A chunk is longer than its size says."
        case .trailerFraming: "The trailers have a Content-Length or Transfer-Encoding header."
        case .afterClose: "The connection has octets after its last request."
        case .bodyTooLarge: "The request's body is too large."
        case .chunkExtensionTooLarge: "A chunk's extensions are too long."
        case .targetTooLong: "The request line is too long."
        case .expectation: "The only expectation that is supported is 100-continue."
        case .headTooLarge: "The request's headers are too long."
        case .tooManyFields: "The request has too many headers."
        case .trailersTooLarge: "The request's trailers are too long."
        }
    }
}
