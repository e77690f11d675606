/// The application has broken the ASGI protocol. The message uses uvicorn's words, which the application's author may
/// know.
public struct ASGIError: Error, Equatable {
    /// The Python exception that is raised in the application.
    public enum Kind: Sendable {
        /// `RuntimeError`: a message at the wrong time.
        case sequence
        /// `ValueError`: a value that is not allowed.
        case value
        /// `TypeError`: a value of the wrong type.
        case type
        /// `KeyError`: a key is missing.
        case key
    }

    /// The Python exception to raise.
    public let kind: Kind
    /// The exception's text.
    public let message: String

    /// An error about a value of a message.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// An error about a message at the wrong time.
    public init(_ message: String) { self.init(.sequence, message) }
}
