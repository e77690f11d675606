import HTTP1
import Mailbox
import NIOCore

/// One connection of a client: reads requests into records, and writes the answers.
///
/// Of its thread. A connection has one request at a time: what a client sends after it waits, and is bounded.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is expected of the client.
    enum Phase {
        /// A request.
        case idle
        /// The rest of a head.
        case head
        /// The rest of a body.
        case body
        /// Nothing: its request is being answered.
        case answering
        /// Nothing more: what comes is dropped until it closes the connection.
        case lingering
        /// It is gone, or somebody else's.
        case gone
    }

    let thread: IOThread
    /// Its place among the thread's connections.
    var index = 0
    let channel: any Channel
    var context: ChannelHandlerContext!
    var phase = Phase.idle
    var parser: RequestParser
    let client, here: Address
    /// What the other end says of its clients is believed.
    let isProxy: Bool
    /// When the client has to have done what is expected of it; 0 for never.
    var deadline: UInt64 = 0
    /// When the application has to have begun its response.
    var answersUntil = UInt64.max

    // The request.
    var slot: UInt32?
    /// Where its record stands in this turn's commands, while its body may be added.
    var openRecord: Int?
    var openBytes = 0
    /// Bytes of the body that the application has not taken.
    var queued = 0
    /// The application does not want the rest of the body.
    var dropsBody = false
    /// The client waits to be asked for the body; with a response it may leave it out, and what comes then may be either.
    var awaitsContinue = false
    var isPaused = false
    /// What came after the request that is answered.
    var ahead: ByteBuffer?
    /// The next request waits until the client has read more of the answers before it.
    var isHeld = false
    /// What has come since it was to be handed over.
    var handedOver: [UInt8]?
    /// The client has closed its side.
    var hasEnded = false
    /// This side is closed.
    var isShut = false
    /// How many requests there were.
    var requestNumber: UInt64 = 0
    /// The application was told that the client has left.
    var isToldLeft = false
    var isBetweenRequests: Bool { phase == .idle || phase == .head }

    // The response.
    var writer = ResponseWriter(isHead: false, minorVersion: 1, keepsAlive: true)
    var hasStarted = false
    /// The client takes trailers; else they are dropped.
    var takesTrailers = false
    var output = OctetBuffer()
    var isDirty = false
    /// Bytes of the body that the application has not been told of that they are gone.
    var uncredited = 0
    var closesAfterFlush = false
    /// Files of this response, and of those before, that are not sent yet.
    var files: [FileInTransit] = []
    /// Bytes that waited for the client when it was last looked at.
    var waiting = 0
    /// The response ends before it is complete.
    var isCut = false
    var line = AccessLine()
    var observation = Observation()
    /// A request for the application is under way that was not told to be over.
    var isTaken = false

    /// Bytes that a client may send ahead of its turn.
    static let mostAhead = 64 << 10
    /// Bytes of a body that go in the request's record.
    static let mostInRecord = 48 << 10
    /// Octets of output whose memory is kept for the next response.
    static let usualOutput = 2 << 10
    /// Nanoseconds that a client has to close a connection that we have closed.
    static let lingering: UInt64 = 2_000_000_000

    init(_ thread: IOThread, _ channel: any Channel) {
        self.thread = thread
        self.channel = channel
        parser = RequestParser(limits: thread.server.options.limits)
        client = Address(channel.remoteAddress)
        here = Address(channel.localAddress)
        isProxy = thread.server.options.forwarded.trusts(client)
    }

    // MARK: - From NIO

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) { begin() }

    func begin() {
        guard deadline == 0 else { return }
        thread.add(self)
        expectRequest(in: thread.server.options.headersTimeout)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        switch phase {
        case .lingering, .gone: handedOver?.append(contentsOf: buffer.readableBytesView)
        case .answering: keep(buffer)
        case .idle, .head, .body: if ahead == nil { read(buffer) } else { keep(buffer) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { leave() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection; what becomes of it is told by `channelInactive`.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        inputEnded()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        if phase == .answering { expect(in: 0) }
        credit([])
        goOn()
    }
}
