/// Why a response, or a piece of one, cannot be sent as the application wants it.
public enum ResponseError: UInt8, Error, CaseIterable, Sendable {
    /// A status that no response of this kind has.
    case status
    /// A field name that is empty or no token.
    case fieldName
    /// A field value with a control character: a line end in it would begin another field, or another response.
    case fieldValue
    /// A Content-Length that is no number.
    case contentLength
    /// Several lengths that differ.
    case contentLengthRepeated
    /// More octets of body than Content-Length says.
    case bodyTooLong
    /// Fewer octets of body than Content-Length says. The connection has to be closed.
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
