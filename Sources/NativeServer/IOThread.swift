import ASGIHost
import HTTP1
import Locks
import Mailbox
import NIOCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One I/O thread of a server: a client of the host with a channel of its own, for all connections of the thread.
///
/// All of it is of its event loop's thread, but for `wake`, which the host calls: `@unchecked` for that. It takes no lock
/// of Python's and calls nothing of Node's.
final class IOThread: Host.Client, @unchecked Sendable {
    let loop: any EventLoop
    unowned let server: NativeServer
    private var host: Host!
    private var channel: Host.Channel!
    /// What is to be handed over at the end of this turn of the loop.
    var commands = Batch()
    var requestHeads = RequestHeadWriter()
    private var responseHeads = ResponseHeadReader()
    private var answers = Batch()
    private var isSubmitDue = false
    /// By slot: who gets its answers; `nil` for one that is free, or whose connection wants nothing any more.
    private var owners: [Connection?] = []
    private var free: [UInt32] = []
    /// Slots that are in use.
    private(set) var live = 0
    /// All connections, in no order.
    private var connections: [Connection] = []
    /// Those that have something to send.
    private var dirty: [Connection] = []
    private var isFlushDue = false
    private var date = DateValue()
    private var timer: RepeatedTask?
    private let isStopped = Mutex(false)
    let counts = ThreadCounts()

    init(_ loop: any EventLoop, _ server: NativeServer) {
        self.loop = loop
        self.server = server
        isTelling = server.options.accessLog != nil || server.options.metrics != nil
        metrics = Mutex(server.options.metrics.map { RequestMetrics($0) })
    }

    /// Begins, on the thread.
    func start(_ host: Host) {
        self.host = host
        channel = host.attach(self)
        let timeout = server.options.responseTimeout
        let step = TimeAmount.milliseconds(timeout == 0 ? 500 : Int64(min(500, max(10, timeout / 4))))
        timer = loop.scheduleRepeatedTask(initialDelay: step, delay: step) { [unowned self] _ in lookAtDeadlines() }
    }

    /// Ends, on the thread: nothing of it is left but what Python still does.
    func stop() {
        timer?.cancel()
        tell()
        // Nobody hears when what Python still does is over.
        for _ in 0..<live { server.options.occupancy?.leave() }
        isStopped.locked { $0 = true }
        if let host { host.detach(channel) }
    }

    /// The value of a Date field now.
    var dateNow: UnsafeRawBufferPointer {
        unsafe server.options.hasDate ? date.at(time(nil)) : UnsafeRawBufferPointer(start: nil, count: 0)
    }

    // MARK: - Connections

    func add(_ connection: Connection) {
        connection.index = connections.count
        connections.append(connection)
        server.changed(connections: 1)
    }

    func remove(_ connection: Connection) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.index] = last
            last.index = connection.index
        }
        server.changed(connections: -1)
    }

    private func lookAtDeadlines() {
        let now = MonotonicClock.now()
        // From the last one, as each may be removed.
        for index in connections.indices.reversed() where index < connections.count {
            connections[index].look(at: now)
        }
    }

    /// The access log, until it is taken.
    let lines = WaitingLines()
    private var timestamp = TimestampValue()
    /// Requests that were observed, and not told yet.
    var observations = OctetBuffer()
    private var isTellingDue = false
    /// With so many bytes they are told at once.
    private static let manyObservations = 16 << 10
    /// Milliseconds in which what is to be told is gathered.
    private static let tellingDelay: Int64 = 20
    /// Requests are logged or measured.
    let isTelling: Bool
    /// What is measured here; `nil` where nothing is.
    private let metrics: Mutex<RequestMetrics?>

    /// Adds a line to the access log.
    func log(_ line: borrowing AccessLine, isComplete: Bool, as format: AccessLogFormat) {
        let time = unsafe timestamp.at(WallClock.milliseconds)
        let isMuch = lines.add { unsafe line.write(isComplete: isComplete, at: time, as: format, to: &$0) }
        if isMuch { tell() } else { willTell() }
    }

    /// A line was added to the observations.
    func observed() {
        if observations.count >= IOThread.manyObservations { tell() } else { willTell() }
    }

    private func willTell() {
        if isTellingDue { return }
        isTellingDue = true
        loop.scheduleTask(in: .milliseconds(IOThread.tellingDelay)) { [self] in
            isTellingDue = false
            tell()
        }
    }

    private func tell() {
        if lines.tell() { server.tell(.logged) }
        if observations.count > 0 { unsafe server.tell(.observed(Array(observations.octets))) }
        observations.clear(keeping: 2 * IOThread.manyObservations)
    }

    /// Adds what was measured here; any thread may ask for it.
    func addMetrics(to all: inout RequestMetrics) {
        metrics.locked { own in
            if let own { all.add(own) }
        }
    }

    /// Counts a request that is over.
    func measure(_ method: Int, _ status: Int, _ time: Int, _ size: Int, _ bounds: RequestMetrics.Bounds) {
        metrics.locked { $0?.count(method: method, status: status, time: time, size: size, bounds) }
    }

    /// While the server is drained: milliseconds that a connection may be without a request.
    private(set) var drainTimeout: Int?
    /// The time between two looks then: the end comes soon after the last connection.
    private static let drainStep = TimeAmount.milliseconds(25)

    /// Closes connections once they have been without a request for so long.
    func drain(idle: Int) {
        drainTimeout = max(1, idle)
        for connection in connections { connection.drain() }
        timer?.cancel()
        timer = loop.scheduleRepeatedTask(initialDelay: IOThread.drainStep, delay: IOThread.drainStep) {
            [unowned self] _ in lookAtDeadlines()
        }
    }

    /// Closes connections: those without a request, and where `all` every other one as well.
    func close(all: Bool, soon: Bool) {
        for connection in connections { connection.close(all: all, soon: soon) }
    }

    /// Refuses requests that are not answered, and closes all other connections.
    func abandon() {
        for connection in connections { connection.abandon() }
    }

    // MARK: - To the host

    /// A slot for a request of a connection.
    func take(for connection: Connection) -> UInt32 {
        live += 1
        counts.inFlight.add(1)
        if let slot = free.popLast() {
            owners[Int(slot)] = connection
            return slot
        }
        owners.append(connection)
        return UInt32(owners.count - 1)
    }

    /// The connection wants nothing more of a slot; it is in use until the application has returned.
    func leave(_ slot: UInt32) { owners[Int(slot)] = nil }

    /// A command was written: it is handed over with all others of this turn.
    @inline(__always)
    func written() {
        if isSubmitDue { return }
        isSubmitDue = true
        loop.execute { [self] in submit() }
    }

    private func submit() {
        isSubmitDue = false
        channel.submit(&commands)
    }

    // MARK: - From the host

    func wake() {
        // A loop that has ended takes nothing more.
        isStopped.locked { isStopped in
            if !isStopped { loop.execute { [self] in takeAnswers() } }
        }
    }

    private func takeAnswers() {
        // They are sent together, at the end of this.
        isFlushDue = true
        while channel.answers.take(into: &answers) {
            read()
            answers.clear()
        }
        flush()
    }

    private func flush() {
        isFlushDue = false
        let written = dirty
        dirty.removeAll(keepingCapacity: true)
        for connection in written { connection.flush() }
    }

    /// A connection has something to send: it is told to at the end of this turn of the loop.
    func willFlush(_ connection: Connection) {
        dirty.append(connection)
        if isFlushDue { return }
        isFlushDue = true
        loop.execute { [self] in flush() }
    }

    private func read() {
        var place = 0
        var block = 0
        while place < answers.records.count {
            let numbers = unsafe UnsafeRawPointer(answers.records.start + place).assumingMemoryBound(to: UInt32.self)
            let record = unsafe AnswerRecord(RecordView(numbers))
            place += record.view.size * 4
            let body: UnsafeRawBufferPointer
            if record.bodyLength == Record.inBlock {
                unsafe body = UnsafeRawBufferPointer(
                    start: answers.blocks[block].start, count: answers.blocks[block].count)
                block += 1
            } else {
                unsafe body = record.view.lastOctets(Int(record.bodyLength))
            }
            // Read also where nobody wants it: the next head may leave out what this one has.
            let head = record.headPlace.flatMap { place in
                let (numbers, available) = unsafe record.view.head(at: place)
                return unsafe responseHeads.read(numbers, available: available)
            }
            guard record.kind != .control, record.kind != .event else { continue }
            let slot = Int(record.view.slot)
            if let owner = owners[slot] {
                unsafe owner.receive(record, head, body)
            } else if record.kind == .file {
                unsafe SentFile(body)?.close()
            } else if record.kind == .fail {
                // After its response: a framework has answered for it.
                counts.errors.add(1)
                unsafe server.tell(.failed(Array(body)))
            }
            if record.kind == .finished || record.view.answerFlags.contains(.finished) {
                owners[slot]?.givenUp()
                owners[slot] = nil
                free.append(record.view.slot)
                live -= 1
                counts.inFlight.add(-1)
                server.options.occupancy?.leave()
            }
        }
    }
}
