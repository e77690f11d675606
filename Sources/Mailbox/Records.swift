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
    /// The consumer has taken bytes of the response: their number in two halves, the lower first. Flag `flows` when nothing
    /// of the response waits for the client, `slow` when the client had to be waited for.
    case acknowledge = 4
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

    /// Bits of a command.
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
        /// The scheme is https.
        public static let secure: UInt32 = 4
        /// The HTTP version is 1.0.
        public static let http10: UInt32 = 8
        /// The HTTP version is 2.
        public static let http2: UInt32 = 16
        /// Interim responses (103) can be sent.
        public static let earlyHints: UInt32 = 32
        /// Files can be sent by their path.
        public static let pathSend: UInt32 = 64
        /// Files can be sent by their descriptor.
        public static let zeroCopySend: UInt32 = 128
        /// The consumer can take trailers.
        public static let trailers: UInt32 = 256
        /// The request is a WebSocket's handshake.
        public static let webSocket: UInt32 = 512
        /// The body is the scope, of any protocol, and messages are events; there is no head.
        public static let raw: UInt32 = 1024
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
    /// to wait for the body of a request with `Command.Flag.awaitsContinue`.
    case room = 6
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
            ("blockSize", UInt32(Batch.blockSize)), ("lendSize", UInt32(Batch.lendSize)),
            ("flag_end", Command.Flag.end), ("flag_buffered", Command.Flag.buffered),
            ("flag_flows", Command.Flag.flows), ("flag_slow", Command.Flag.slow), ("flag_text", Command.Flag.text),
            ("flag_secure", Command.Flag.secure), ("flag_http10", Command.Flag.http10),
            ("flag_http2", Command.Flag.http2), ("flag_earlyHints", Command.Flag.earlyHints),
            ("flag_pathSend", Command.Flag.pathSend), ("flag_zeroCopySend", Command.Flag.zeroCopySend),
            ("flag_trailers", Command.Flag.trailers), ("flag_webSocket", Command.Flag.webSocket),
            ("flag_raw", Command.Flag.raw), ("flag_readsOnly", Command.Flag.readsOnly),
            ("flag_keys", Command.Flag.keys), ("flag_awaitsContinue", Command.Flag.awaitsContinue),
            ("flag_function", Command.Flag.function), ("answer_flag_end", Answer.Flag.end),
            ("answer_flag_finished", Answer.Flag.finished), ("answer_flag_text", Answer.Flag.text),
        ]
}
