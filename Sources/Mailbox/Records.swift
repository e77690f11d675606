/// The format of the records in a batch, in both directions.
///
/// This file is its only definition. JavaScript gets the numbers from `constants` when the addon loads.
///
/// A record is a row of 32-bit numbers in the machine's byte order, followed by octets that are padded to a whole
/// number. It contains its own size and all of its octets, except a large body, which is the batch's next block.
public enum Record {
    /// The indices of the numbers that every record begins with.
    public enum Index {
        /// How many numbers the record takes, its octets included.
        public static let size = 0
        /// The kind, and the flags in the upper 24 bits.
        public static let kind = 1
        /// The exchange's slot in its channel. The client chooses it, and may reuse it after `Answer.finished`.
        public static let slot = 2
        /// The first number that depends on the kind.
        public static let first = 3
    }

    /// Instead of a body's length: the body is the batch's next block.
    public static let inBlock: UInt32 = .max

    /// How many slots a client may use at the same time; their numbers are below this.
    public static let maxSlots = 1 << 20

    /// The largest part of a body in one answer, in bytes. A longer body is sent in several answers, because no client
    /// can make a Buffer of any length.
    public static let maxBodyLength = 1 << 30

    /// How many numbers a count of octets takes.
    @inline(__always)
    public static func numbers(for octets: Int) -> Int { (octets + 3) / 4 }
}

/// A command of a client to the host, about an exchange.
public enum Command: UInt32, CaseIterable {
    /// A request: the numbers of `Request`, a head, the octets of the head and of the body.
    case request = 1
    /// A part of the request's body: its length, its octets. The last one has the flag `end`.
    case body = 2
    /// The client has disconnected.
    case disconnect = 3
    /// The consumer has processed bytes of the response: their number in two halves, the lower first. The flag
    /// `fastConsumer` says that nothing of the response is buffered, `slowConsumer` that the consumer had to wait for
    /// the client.
    case credit = 4
    /// A WebSocket message: its length, its octets. The flag `text` says that it is text, in UTF-8.
    case message = 5
    /// A WebSocket's client has disconnected: close code, length of the reason, its octets.
    case webSocketDisconnect = 6
    /// A request that was withdrawn before it was submitted. Only its head is read, so that both sides remember the
    /// same heads.
    case withdrawn = 7

    /// The indices of a request's numbers.
    public enum Request {
        /// The application's number.
        public static let application = 3
        /// The client's port; `noPort` without an address.
        public static let clientPort = 4
        /// The port that the client has connected to; `noPort` without an address.
        public static let serverPort = 5
        /// The length of the body in this record.
        public static let bodyLength = 6
        /// The head's first number. The head begins with the fields of `Field`.
        public static let head = 7
    }

    /// The fields of a request's head that precede the headers.
    public enum Field {
        /// The method.
        public static let method = 0
        /// Path and query as the client has sent them.
        public static let target = 1
        /// The request's own root path, which follows the application's.
        public static let rootPath = 2
        /// The client's address; empty if unknown.
        public static let clientHost = 3
        /// The address that the client has connected to; empty if unknown.
        public static let serverHost = 4
        /// The connection's TLS data as JSON; with the flag `keys` an object of it and of further keys for the scope.
        public static let tls = 5
        /// How many of these fields there are.
        public static let count = 6
    }

    /// Flags of a command. Some bits mean different things for different kinds.
    public struct Flags: OptionSet, Sendable {
        /// The bits, as a record has them.
        public let rawValue: UInt32

        /// Flags from a record's bits.
        @inline(__always)
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The body ends with this record.
        public static var end: Flags { Flags(rawValue: 1) }
        /// The consumer takes the whole response at once, without flow control.
        public static var buffered: Flags { Flags(rawValue: 2) }
        /// With `credit`: nothing of the response is buffered.
        public static var fastConsumer: Flags { Flags(rawValue: 1) }
        /// With `credit`: the consumer had to wait for the client.
        public static var slowConsumer: Flags { Flags(rawValue: 2) }
        /// With `message`: the message is text.
        public static var text: Flags { Flags(rawValue: 1) }
        /// The scheme is https.
        public static var secure: Flags { Flags(rawValue: 4) }
        /// The HTTP version is 1.0.
        public static var http10: Flags { Flags(rawValue: 8) }
        /// The HTTP version is 2.
        public static var http2: Flags { Flags(rawValue: 16) }
        /// Interim responses (status 103) can be sent.
        public static var earlyHints: Flags { Flags(rawValue: 32) }
        /// Files can be sent by path.
        public static var pathSend: Flags { Flags(rawValue: 64) }
        /// Files can be sent by descriptor.
        public static var zeroCopySend: Flags { Flags(rawValue: 128) }
        /// Trailers can be sent.
        public static var trailers: Flags { Flags(rawValue: 256) }
        /// The request is a WebSocket handshake.
        public static var webSocket: Flags { Flags(rawValue: 512) }
        /// The body is the scope, of any protocol, and messages are events; there is no head.
        public static var raw: Flags { Flags(rawValue: 1024) }
        /// The consumer only reads the body, and does not pass it on, so large chunks may be borrowed buffers.
        public static var readsOnly: Flags { Flags(rawValue: 4096) }
        /// The field `tls` is `{"tls", "scope"}`, with further keys for the scope.
        public static var keys: Flags { Flags(rawValue: 8192) }
        /// The client waits until the application wants the body (`Expect: 100-continue`).
        public static var awaitsContinue: Flags { Flags(rawValue: 16384) }
        /// The request calls a plain function; the body is the call instead of a scope.
        public static var function: Flags { Flags(rawValue: 32768) }
        /// The flags of requests other than HTTP.
        public static var notHTTP: Flags { [.webSocket, .raw] }
    }

    /// The port of an unknown address.
    public static let noPort: UInt32 = .max
}

/// An answer of the host to a client, about an exchange or an application.
public enum Answer: UInt32, CaseIterable {
    /// `http.response.start`: the numbers of `Start`, a head, the octets of the head and of the body's first part.
    /// Flags `end`, `finished`, `trailers`.
    case start = 1
    /// A part of the body: its length, its octets. Flags `end`, `finished`.
    case body = 2
    /// The response is complete: a head with the trailers. Flag `finished`.
    case end = 3
    /// The exchange has failed: length of the description, its octets (JSON). Flags `finished`, and `end` if the
    /// application has raised after the end of its response.
    case fail = 4
    /// The application has returned; nothing else follows for this slot.
    case finished = 5
    /// The application has taken bytes of the request's body: their number in two halves, the lower first. It is 0 when
    /// the application begins to wait for the body of a request with `Command.Flags.awaitsContinue`.
    case credit = 6
    /// The result of a control call: its token instead of a slot, 0 for success or 1 for failure, length of the
    /// description, its octets (JSON).
    case control = 7
    /// A notice for the owner of an application: the application instead of a slot, a slot or `noSlot`, length of the
    /// description, its octets (JSON).
    case notice = 8
    /// An interim response: its status, a head.
    case interim = 9
    /// A file to send: length of the description, its octets. The description is a path, or a descriptor, an offset and
    /// a count after NULs; the receiver closes the descriptor. Flags `end`, `finished`.
    case file = 10
    /// A WebSocket was accepted: length of the subprotocol, a head, the octets of the head and of the subprotocol.
    case accept = 11
    /// A WebSocket message: its length, its octets. The flag `text` says that it is text, in UTF-8.
    case message = 12
    /// A WebSocket was closed, or refused before it was accepted: close code, length of the reason, its octets.
    case close = 13

    /// The indices of the numbers of a response's start.
    public enum Start {
        /// The status.
        public static let status = 3
        /// The length of the part of the body in this record.
        public static let bodyLength = 4
        /// The head's first number.
        public static let head = 5
    }

    /// Flags of an answer.
    public struct Flags: OptionSet, Sendable {
        /// The bits, as a record has them.
        public let rawValue: UInt32

        /// Flags from a record's bits.
        @inline(__always)
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The response ends with this record.
        public static var end: Flags { Flags(rawValue: 1) }
        /// The application has returned, so the slot is free.
        public static var finished: Flags { Flags(rawValue: 2) }
        /// Trailers will follow the body.
        public static var trailers: Flags { Flags(rawValue: 4) }
        /// With `message`: the message is text.
        public static var text: Flags { Flags(rawValue: 8) }
    }

    /// Instead of a slot: the notice belongs to no exchange.
    public static let noSlot: UInt32 = .max
}

/// A head in a record. Most heads repeat values of an earlier one, so only the fields that differ are sent.
///
/// A head has a shape: the names of its headers in their order and spelling, to which both sides give the same number.
/// The record has these numbers: the shape, how many fields there are, one bit per field that is sent (32 in a number,
/// the lowest first), with `defines` the length of each name, and the length of each field that is sent. Its octets are
/// the names, then the fields. A field that is not sent has the value of the last head of this shape.
public enum Head {
    /// The indices of a head's first numbers.
    public enum Index {
        /// The shape's number; with `defines` if the names follow.
        public static let shape = 0
        /// How many fields the head has.
        public static let count = 1
        /// The first number with bits for the sent fields.
        public static let sent = 2
    }

    /// The bit of a shape's number that says that its names follow: the number is new, or is reused for other names.
    public static let defines: UInt32 = 1 << 31
    /// The shape of a head that neither side remembers; all of its fields are sent.
    public static let noShape: UInt32 = .max
    /// How many shapes are remembered. After that many all are forgotten, and numbers begin at 0 again.
    public static let maxShapes = 128
    /// How many headers a remembered head may have.
    public static let maxHeaders = 64
    /// The longest field, in octets, that is left out when it is repeated.
    public static let maxKeptLength = 512

    /// How many 32-bit numbers hold one bit for each of these fields.
    @inline(__always)
    public static func masks(for count: Int) -> Int { (count + 31) / 32 }
}

extension Record {
    /// The numbers in this file, by the names that JavaScript uses for them.
    public static let constants: [(name: String, value: UInt32)] =
        Command.allCases.map { ("\($0)", $0.rawValue) } + Answer.allCases.map { ("answer_\($0)", $0.rawValue) } + [
            ("inBlock", inBlock), ("noPort", Command.noPort), ("noSlot", Answer.noSlot),
            ("requestHead", UInt32(Command.Request.head)), ("fixedFields", UInt32(Command.Field.count)),
            ("startHead", UInt32(Answer.Start.head)),
            ("defines", Head.defines), ("noShape", Head.noShape), ("maxShapes", UInt32(Head.maxShapes)),
            ("maxHeaders", UInt32(Head.maxHeaders)), ("maxKeptLength", UInt32(Head.maxKeptLength)),
            ("blockSize", UInt32(Batch.blockSize)), ("borrowSize", UInt32(Batch.borrowSize)),
            ("flag_end", Command.Flags.end.rawValue), ("flag_buffered", Command.Flags.buffered.rawValue),
            ("flag_fastConsumer", Command.Flags.fastConsumer.rawValue),
            ("flag_slowConsumer", Command.Flags.slowConsumer.rawValue),
            ("flag_text", Command.Flags.text.rawValue),
            ("flag_secure", Command.Flags.secure.rawValue), ("flag_http10", Command.Flags.http10.rawValue),
            ("flag_http2", Command.Flags.http2.rawValue), ("flag_earlyHints", Command.Flags.earlyHints.rawValue),
            ("flag_pathSend", Command.Flags.pathSend.rawValue),
            ("flag_zeroCopySend", Command.Flags.zeroCopySend.rawValue),
            ("flag_trailers", Command.Flags.trailers.rawValue), ("flag_webSocket", Command.Flags.webSocket.rawValue),
            ("flag_raw", Command.Flags.raw.rawValue), ("flag_readsOnly", Command.Flags.readsOnly.rawValue),
            ("flag_keys", Command.Flags.keys.rawValue), ("flag_awaitsContinue", Command.Flags.awaitsContinue.rawValue),
            ("flag_function", Command.Flags.function.rawValue), ("answer_flag_end", Answer.Flags.end.rawValue),
            ("answer_flag_finished", Answer.Flags.finished.rawValue), ("answer_flag_text", Answer.Flags.text.rawValue),
        ]
}
