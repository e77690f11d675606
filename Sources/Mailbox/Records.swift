/// What the host is told about an exchange: the first number of a record, its flags in the upper 24 bits.
///
/// A slot is the exchange's place in its port, given out by the other side and used again after `Answer.finished`.
public enum Command: UInt32 {
    /// A request: slot, application, header count, client port, server port, body length, length of the block.
    /// Text: method, target, mount, client host, server host, TLS description (JSON), then the headers' names and values.
    /// The headers may as well be in a block in `bytes`, before the body, with a NUL behind each part; with flag
    /// `Flag.headApart` the parts before them are in the block, too, in front of them.
    case request = 1
    /// More of the request's body: slot, length. Flag `Flag.end` on the last one.
    case body = 2
    /// The client is gone: slot.
    case abort = 3
    /// The consumer has taken bytes of the response: slot, count. Flag `Flag.flows` when nothing of the response waits for
    /// the client, `Flag.slow` when the client had to be waited for.
    case acknowledge = 4
    /// A WebSocket's message: slot, length. Flag `Flag.text` for text, as UTF-8.
    case message = 5
    /// A WebSocket's client has left: slot, code, length of the reason, which is a body.
    case disconnect = 6

    /// Whether the third number is the length of bytes that come along.
    public var hasBody: Bool { self == .body || self == .message }

    /// How many numbers the record has.
    public var length: Int {
        switch self {
        case .request: 8
        case .disconnect: 4
        case .body, .acknowledge, .message: 3
        case .abort: 2
        }
    }

    /// Bits of a request.
    public enum Flag {
        /// The body is complete with this record.
        public static let end: UInt32 = 1
        /// The consumer takes the whole response at once: no flow control.
        public static let buffered: UInt32 = 2
        /// The client takes everything at once.
        public static let flows: UInt32 = 1
        /// The client is slow.
        public static let slow: UInt32 = 2
        /// A message is text.
        public static let text: UInt32 = 1
        /// The request is a WebSocket's handshake.
        public static let webSocket: UInt32 = 512
        /// The body is the scope as text, of any protocol, and messages are events as text.
        public static let raw: UInt32 = 1024
        /// The whole head is a block, and nothing of the request is in the text.
        public static let headApart: UInt32 = 2048
        /// The consumer only reads the body, and nobody else gets it: large chunks may be lent.
        public static let readsOnly: UInt32 = 4096
        /// The TLS description is that of the request: `{"tls", "scope"}`, with keys of its scope.
        public static let keys: UInt32 = 8192
        /// The client sends the body when it is told that the application wants it.
        public static let awaitsContinue: UInt32 = 16384
        /// The scope is the call of a plain function.
        public static let function: UInt32 = 32768
        /// What is no HTTP request.
        public static let notHTTP = webSocket | raw
        /// The scheme is https.
        public static let secure: UInt32 = 4
        /// The HTTP version is 1.0.
        public static let http10: UInt32 = 8
        /// The HTTP version is 2.
        public static let http2: UInt32 = 16
        /// The consumer can take trailers.
        public static let trailers: UInt32 = 256
        /// The transport can send interim responses (103).
        public static let earlyHints: UInt32 = 32
        /// The transport can send files by their path.
        public static let pathSend: UInt32 = 64
        /// The transport can send files by their descriptor.
        public static let zeroCopySend: UInt32 = 128
    }

    /// The port number that says there is no address.
    public static let noPort: UInt32 = .max
}

/// What the host answers about an exchange or an application.
public enum Answer: UInt32 {
    /// `http.response.start`: slot, status, length of the head's text, body length. Flags `end`, `finished`.
    case start = 1
    /// A body chunk: slot, length. Flags `end`, `finished`.
    case body = 2
    /// The response is complete: slot, length of the trailers' text. Flag `finished`.
    case end = 3
    /// The exchange failed: slot, length of the description (JSON, in `bytes`). Flag `finished`.
    case fail = 4
    /// Nothing more comes for this slot: slot.
    case finished = 5
    /// The application has taken bytes of the request's body: slot, count. 0 when it begins to wait for the body of a
    /// request with `Command.Flag.awaitsContinue`.
    case room = 6
    /// A control call is done: token, 0 or 1 for failed, length of the description (JSON, in `bytes`).
    case control = 7
    /// Something an application's owner should hear of: application, slot or `noSlot`, length of the description.
    case event = 8
    /// An interim response: slot, status, length of the head's text.
    case interim = 9
    /// Send a file: slot, length of the description in `bytes`: a path, or a descriptor, offset and count behind NULs.
    /// A descriptor is the receiver's, to be closed by it. Flags `end`, `finished`.
    case file = 10
    /// A WebSocket was accepted: slot, length of the head's text, length of the subprotocol's text behind it.
    case accept = 11
    /// A WebSocket's message: slot, length. Flag `Flag.text` for text, as UTF-8.
    case message = 12
    /// A WebSocket was closed, or refused before it was accepted: slot, code, length of the reason, inline in `bytes`.
    case close = 13

    /// How many numbers the record has.
    public var length: Int {
        switch self {
        case .start: 5
        case .body, .end, .fail, .room, .file, .message: 3
        case .finished: 2
        case .control, .event, .interim, .accept, .close: 4
        }
    }

    /// Bits of an answer.
    public enum Flag {
        /// The response is complete with this record.
        public static let end: UInt32 = 1
        /// The application has returned: the slot is free.
        public static let finished: UInt32 = 2
        /// Trailers will follow the body.
        public static let trailers: UInt32 = 4
        /// A message is text.
        public static let text: UInt32 = 8
    }

    /// The slot number of an event that belongs to no exchange.
    public static let noSlot: UInt32 = .max
}
