public import HTTP1

/// One message as values.
public struct ParsedMessage: Equatable, Sendable {
    /// A field: its name in lower case, and its value.
    public struct Field: Equatable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: String

        /// A field.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The number of octets before this message.
    public let start: Int
    /// The method.
    public let method: String
    /// The target as received.
    public let target: String
    /// Host and port of the target.
    public let authority: String
    /// The path of the target.
    public let path: String
    /// The query of the target.
    public let query: String
    /// The form of the target.
    public let form: RequestHead.TargetForm
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    public let minorVersion: Int
    /// The fields in order.
    public let fields: [Field]
    /// The declared length, or -1.
    public let contentLength: Int
    /// Whether the body is chunked.
    public let isChunked: Bool
    /// Whether another request may follow.
    public let keepsAlive: Bool
    /// Whether the client waits for `100 Continue`.
    public let expectsContinue: Bool
    /// The number of the body's octets received.
    public private(set) var bodyCount = 0
    /// A hash of the body's octets (FNV-1a).
    public private(set) var bodyHash: UInt32 = 0x811c_9dc5
    /// Whether the end of the message was received.
    public var isComplete = false

    init(_ head: RequestHead, after start: Int) {
        self.start = start
        method = text(head[head.method])
        target = text(head[head.target])
        authority = text(head[head.authority])
        path = text(head[head.path])
        query = text(head[head.query])
        form = head.form
        minorVersion = Int(head.minorVersion)
        fields = (0..<head.fieldCount).map { index in
            let field = head.field(index)
            return Field(text(lowercased(head[field.name])), text(head[field.value]))
        }
        contentLength = head.contentLength
        isChunked = head.isChunked
        keepsAlive = head.keepsAlive
        expectsContinue = head.expectsContinue
    }

    mutating func addBody(_ octets: UnsafeRawBufferPointer) {
        bodyCount += octets.count
        for octet in octets { bodyHash = (bodyHash ^ UInt32(octet)) &* 0x0100_0193 }
    }
}

/// Octets as text, one character each.
private func text(_ octets: some Sequence<UInt8>) -> String {
    String(String.UnicodeScalarView(octets.map { UnicodeScalar($0) }))
}

private func lowercased(_ name: UnsafeRawBufferPointer) -> [UInt8] {
    name.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
}
