/// The reason why a response, or a part of it, cannot be sent.
public enum ResponseError: UInt8, Error, CaseIterable, Sendable {
    /// A status that this kind of response cannot have.
    case status
    /// A field name that is empty or not a token.
    case fieldName
    /// A field value with a control character. A line end would begin another field or another response.
    case fieldValue
    /// A Content-Length that is not a number.
    case contentLength
    /// Several lengths that differ.
    case contentLengthRepeated
    /// A body that is longer than its Content-Length.
    case bodyTooLong
    /// A body that is shorter than its Content-Length. The connection must be closed.
    case bodyTooShort

    /// What is wrong, in one line without its end.
    public var reason: StaticString {
        switch self {
        case .status: "The response has a status that cannot be sent."
        case .fieldName: "The response has a header name that is empty or not a token."
        case .fieldValue: "The response has a control character in a header's value."
        case .contentLength: "The response has a Content-Length that is not a number."
        case .contentLengthRepeated: "The response has several Content-Length headers that differ."
        case .bodyTooLong: "The response's body is longer than its Content-Length."
        case .bodyTooShort: "The response's body is shorter than its Content-Length."
        }
    }
}
