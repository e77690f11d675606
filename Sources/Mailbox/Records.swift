/// The records of a batch: how each stands in memory, in both directions.
///
/// This file is the only definition of the format. JavaScript gets the numbers from `constants` when the addon loads.
///
/// A record is a row of 32-bit numbers in the machine's byte order, followed by its octets, padded to a whole number. It is
/// complete in itself: it has its own size, and its own octets but for a large body, which is the batch's next block.
public enum Record {
    /// Where the numbers stand that each record begins with.
    public enum Place {
        /// How many numbers the record takes, its octets included.
        public static let size = 0
        /// The kind, with the flags in the upper 24 bits.
        public static let kind = 1
        /// The exchange's place in its channel; given out by the client, used again after `Answer.finished`.
        public static let slot = 2
        /// The first number of the kind's own.
        public static let first = 3
    }

    /// Instead of the length of a body: it is the batch's next block.
    public static let inBlock: UInt32 = .max

    /// How many slots a client may use at a time, and so how large their numbers may be.
    public static let mostSlots = 1 << 20

    /// Bytes of a body in one answer at most; a longer one comes in several. No client has a Buffer for any length.
    public static let longestBody = 1 << 30

    /// Numbers that so many octets take.
    @inline(__always)
    public static func numbers(for octets: Int) -> Int { (octets + 3) / 4 }
}

/// What a client tells the host about an exchange.
public enum Command: UInt32, CaseIterable {
    /// A request: `Request`'s numbers and a head; the octets of the head and of the body.
    case request = 1
    /// More of the request's body: its length, its octets. Flag `end` on the last one.
    case body = 2
    /// The client is gone.
    case abort = 3
    /// The consumer has taken bytes of the response: their number in two halves, the lower first. Flag `fastConsumer` when nothing
    /// of the response waits for the client, `slowConsumer` when the client had to be waited for.
    case credit = 4
    /// A WebSocket's message: its length, its octets. Flag `text` for text, as UTF-8.
    case message = 5
    /// A WebSocket's client has left: code, length of the reason, its octets.
    case disconnect = 6
    /// A request that was taken back before it was handed over: only its head is read.
    case withdrawn = 7

    /// Where the numbers of a request stand.
    public enum Request {
        /// The application's number.
        public static let application = 3
        /// The client's port; `noPort` without an address.
        public static let clientPort = 4
        /// The port that the client has connected to; `noPort` without an address.
        public static let serverPort = 5
        /// The length of the body that goes with the request.
        public static let bodyLength = 6
        /// The head's first number. The head's first fields are `Field`'s.
        public static let head = 7
    }

    /// The fields of a request's head before its headers.
    public enum Field {
        /// The method, a token.
        public static let method = 0
        /// Path and query as sent.
        public static let target = 1
        /// A mount prefix after the handler's own.
        public static let mount = 2
        /// The client's address; empty for none.
        public static let clientHost = 3
        /// The address that the client has connected to; empty for none.
        public static let serverHost = 4
        /// The connection's TLS as JSON, or with flag `keys` an object of it and of keys of the scope.
        public static let tls = 5
        /// How many there are.
        public static let count = 6
    }

    /// What else a command says.
    public struct Flags: OptionSet, Sendable {
        /// The bits as they stand in a record.
        public let rawValue: UInt32

        /// Flags of a record's bits.
        @inline(__always)
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The body is complete with this record.
        public static var end: Flags { Flags(rawValue: 1) }
        /// The consumer takes the whole response at once: no flow control.
        public static var buffered: Flags { Flags(rawValue: 2) }
        /// The client takes everything at once.
        public static var fastConsumer: Flags { Flags(rawValue: 1) }
        /// The client is slow.
        public static var slowConsumer: Flags { Flags(rawValue: 2) }
        /// A message is text.
        public static var text: Flags { Flags(rawValue: 1) }
        /// The scheme is https.
        public static var secure: Flags { Flags(rawValue: 4) }
        /// The HTTP version is 1.0.
        public static var http10: Flags { Flags(rawValue: 8) }
        /// The HTTP version is 2.
        public static var http2: Flags { Flags(rawValue: 16) }
        /// Interim responses (103) can be sent.
        public static var earlyHints: Flags { Flags(rawValue: 32) }
        /// Files can be sent by their path.
        public static var pathSend: Flags { Flags(rawValue: 64) }
        /// Files can be sent by their descriptor.
        public static var zeroCopySend: Flags { Flags(rawValue: 128) }
        /// The consumer can take trailers.
        public static var trailers: Flags { Flags(rawValue: 256) }
        /// The request is a WebSocket's handshake.
        public static var webSocket: Flags { Flags(rawValue: 512) }
        /// The body is the scope, of any protocol, and messages are events; there is no head.
        public static var raw: Flags { Flags(rawValue: 1024) }
        /// The consumer only reads the body, and nobody else gets it: large chunks may be lent.
        public static var readsOnly: Flags { Flags(rawValue: 4096) }
        /// The TLS description is that of the request: `{"tls", "scope"}`, with keys of its scope.
        public static var keys: Flags { Flags(rawValue: 8192) }
        /// The client sends the body when it is told that the application wants it.
        public static var awaitsContinue: Flags { Flags(rawValue: 16384) }
        /// The scope is the call of a plain function.
        public static var function: Flags { Flags(rawValue: 32768) }
        /// What is no HTTP request.
        public static var notHTTP: Flags { [.webSocket, .raw] }
    }

    /// The port number that says there is no address.
    public static let noPort: UInt32 = .max
}

/// What the host answers about an exchange or an application.
public enum Answer: UInt32, CaseIterable {
    /// `http.response.start`: `Start`'s numbers and a head; the octets of the head and of a first piece of the body. Flags
    /// `end`, `finished`, `trailers`.
    case start = 1
    /// A body chunk: its length, its octets. Flags `end`, `finished`.
    case body = 2
    /// The response is complete: a head with the trailers. Flag `finished`.
    case end = 3
    /// The exchange failed: length of the description, its octets (JSON). Flags `finished`, and `end` when the application
    /// has raised after the end of its response.
    case fail = 4
    /// Nothing more comes for this slot.
    case finished = 5
    /// The application has taken bytes of the request's body: their number in two halves, the lower first. 0 when it begins
    /// to wait for the body of a request with `Command.Flags.awaitsContinue`.
    case credit = 6
    /// A control call is done: its token in the slot's place, 0 or 1 for failed, length of the description, its octets (JSON).
    case control = 7
    /// Something an application's owner should hear of: the application in the slot's place, a slot or `noSlot`, length of
    /// the description, its octets (JSON).
    case event = 8
    /// An interim response: status, and a head.
    case interim = 9
    /// Send a file: length of the description, its octets: a path, or a descriptor, offset and count after NULs. A
    /// descriptor is the receiver's, to be closed by it. Flags `end`, `finished`.
    case file = 10
    /// A WebSocket was accepted: length of the subprotocol, and a head; the octets of the head and of the subprotocol.
    case accept = 11
    /// A WebSocket's message: its length, its octets. Flag `text` for text, as UTF-8.
    case message = 12
    /// A WebSocket was closed, or refused before it was accepted: code, length of the reason, its octets.
    case close = 13

    /// Where the numbers of a response's start stand.
    public enum Start {
        /// The status.
        public static let status = 3
        /// The length of the piece of the body that goes with the start.
        public static let bodyLength = 4
        /// The head's first number.
        public static let head = 5
    }

    /// What else an answer says.
    public struct Flags: OptionSet, Sendable {
        /// The bits as they stand in a record.
        public let rawValue: UInt32

        /// Flags of a record's bits.
        @inline(__always)
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The response is complete with this record.
        public static var end: Flags { Flags(rawValue: 1) }
        /// The application has returned: the slot is free.
        public static var finished: Flags { Flags(rawValue: 2) }
        /// Trailers will follow the body.
        public static var trailers: Flags { Flags(rawValue: 4) }
        /// A message is text.
        public static var text: Flags { Flags(rawValue: 8) }
    }

    /// The slot number of an event that belongs to no exchange.
    public static let noSlot: UInt32 = .max
}

/// A head in a record: fields that mostly have the values of the head before, so that only those that differ are sent.
///
/// A head has a shape: the names of its headers, in their order and spelling, known to both sides by a number. Numbers: the
/// shape, how many fields there are, a bit for each field that is sent (32 a number, the lowest first), with `defines` the
/// length of each name, then the length of each field that is sent. Octets: the names, then the fields. A field that is not
/// sent has the value that it had in the last head of this shape.
public enum Head {
    /// Where its numbers stand.
    public enum Place {
        /// The shape's number, with `defines` where its names come along.
        public static let shape = 0
        /// How many fields the head has.
        public static let count = 1
        /// The first number with bits for the fields that are sent.
        public static let sent = 2
    }

    /// The bit of a shape's number that says that the names come along: it is new, or another one than before.
    public static let defines: UInt32 = 1 << 31
    /// The shape of a head that nobody remembers; all of it comes along.
    public static let noShape: UInt32 = .max
    /// How many shapes are remembered. With more, all are forgotten, and numbers begin at 0 again.
    public static let mostShapes = 128
    /// How many headers one may have that is remembered.
    public static let mostHeaders = 64
    /// Octets of a field that may be left out when it comes again.
    public static let longestKept = 512

    /// Numbers with bits for so many fields.
    @inline(__always)
    public static func masks(for count: Int) -> Int { (count + 31) / 32 }
}

extension Record {
    /// The numbers of this file by the names that JavaScript has for them.
    public static let constants: [(name: String, value: UInt32)] =
        Command.allCases.map { ("\($0)", $0.rawValue) } + Answer.allCases.map { ("answer_\($0)", $0.rawValue) } + [
            ("inBlock", inBlock), ("noPort", Command.noPort), ("noSlot", Answer.noSlot),
            ("requestHead", UInt32(Command.Request.head)), ("fixedFields", UInt32(Command.Field.count)),
            ("startHead", UInt32(Answer.Start.head)),
            ("defines", Head.defines), ("noShape", Head.noShape), ("mostShapes", UInt32(Head.mostShapes)),
            ("mostHeaders", UInt32(Head.mostHeaders)), ("longestKept", UInt32(Head.longestKept)),
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
