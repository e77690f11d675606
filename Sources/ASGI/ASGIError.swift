/// The application has broken the protocol; the message says how, in the words that uvicorn's users know.
public struct ASGIError: Error, Equatable {
    /// Which Python exception carries it.
    public enum Kind: Sendable {
        /// `RuntimeError`: a message at the wrong time.
        case sequence
        /// `ValueError`: a value that cannot be.
        case value
        /// `TypeError`: a value of the wrong type.
        case type
        /// `KeyError`: a key is missing.
        case key
    }

    /// Which Python exception carries it.
    public let kind: Kind
    /// The text for the application's author.
    public let message: String

    /// A value of a message is not what it has to be.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// A message came at the wrong time.
    public init(_ message: String) { self.init(.sequence, message) }
}
