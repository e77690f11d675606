import HTTP1
import Mailbox
import NIOCore

/// One client connection: turns requests into records and answers into responses.
///
/// Used on its I/O thread only. A connection has one request at a time; later input waits, up to a limit.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection waits for.
    enum Phase {
        /// A request.
        case idle
        /// The rest of a head.
        case head
        /// The rest of a body.
        case body
        /// The application's response. The request is complete.
        case answering
        /// The client to close the connection. Input is dropped.
        case lingering
        /// Nothing: it is closed or was handed over.
        case gone
    }

    let thread: IOThread
    /// Its index among the thread's connections.
    var index = 0
    let channel: any Channel
    var context: ChannelHandlerContext!
    var phase = Phase.idle
    var parser: RequestParser
    let client, here: Address
    /// Whether the peer is a trusted proxy, whose `X-Forwarded-` headers are used.
    let isProxy: Bool
    /// The monotonic time by which the client must have acted; 0 before the connection begins.
    var deadline: UInt64 = 0
    /// The monotonic time by which the application must have begun its response.
    var answersUntil = UInt64.max

    // The request.
    var slot: UInt32?
    /// The offset of its record in the current commands, while parts of the body may be added to it.
    var openRecord: Int?
    var openBytes = 0
    /// Bytes of the body that the application has not taken.
    var queued = 0
    /// The rest of the body is not needed.
    var dropsBody = false
    /// The client waits to be asked for the body. If it gets a response instead, it may omit the body, so that it is
    /// unclear what its next octets are.
    var awaitsContinue = false
    var isPaused = false
    /// Input after the current request.
    var ahead: ByteBuffer?
    /// The next request waits until the client has read more of the earlier responses.
    var isHeld = false
    /// Octets to hand over, while earlier answers are sent.
    var handedOver: [UInt8]?
    /// The client has closed its sending side.
    var hasEnded = false
    /// This side has closed its sending side.
    var isShut = false
    /// The number of the current request.
    var requestNumber: UInt64 = 0
    /// The application was told that the client has disconnected.
    var isDisconnectReported = false
    var isBetweenRequests: Bool { phase == .idle || phase == .head }

    // The response.
    var writer = ResponseWriter(isHead: false, minorVersion: 1, keepsAlive: true)
    var hasStarted = false
    /// The client accepts trailers; otherwise they are dropped.
    var takesTrailers = false
    var output = OctetBuffer()
    var isDirty = false
    /// Bytes of the response that were not credited to the application yet.
    var uncredited = 0
    var closesAfterFlush = false
    /// Files of this response and earlier ones that are not sent completely.
    var files: [FileInTransit] = []
    /// Bytes that waited for the client when this was last checked.
    var waiting = 0
    /// The response is aborted before its end.
    var isCut = false
    var line = AccessLine()
    var observation = Observation()
    var page = PageState()
    /// A request for the application is in progress.
    var isTaken = false

    /// How many bytes a client may send before its turn.
    static let mostAhead = 64 << 10
    /// How many bytes of a body are stored in the request's record.
    static let mostInRecord = 48 << 10
    /// The capacity of the output that is kept for the next response, in octets.
    static let usualOutput = 2 << 10
    /// How long a client has to close a connection whose other side is closed, in nanoseconds.
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
        // The connection is broken; `channelInactive` follows.
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
