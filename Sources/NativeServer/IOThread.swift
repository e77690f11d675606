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

/// One I/O thread of a server. It is a client of the host and has one channel for all of its connections.
///
/// Used on the thread of its event loop, except `wake`, which the host calls, and `perform`; hence `@unchecked`. It never takes the
/// GIL and never calls Node.
final class IOThread: Host.Client, @unchecked Sendable {
    let loop: any EventLoop
    unowned let server: NativeServer
    private var host: Host!
    private var channel: Host.Channel!
    /// Commands to submit at the end of this turn of the loop.
    var commands = Batch()
    var requestHeads = RequestHeadWriter()
    private var responseHeads = ResponseHeadReader()
    private var answers = Batch()
    private var isSubmitDue = false
    /// The connection that each slot's answers go to; `nil` if the slot is free or its connection wants nothing more.
    private var owners: [Connection?] = []
    private var free: [UInt32] = []
    /// How many slots are in use.
    private(set) var live = 0
    /// All connections, in no particular order.
    private var connections: [Connection] = []
    /// Connections that wait for an error page.
    var pages = PendingPages()
    /// Connections that have output to send.
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

    /// Starts, on the thread.
    func start(_ host: Host) {
        self.host = host
        channel = host.attach(self)
        let timeout = server.options.responseTimeout
        let step = TimeAmount.milliseconds(timeout == 0 ? 500 : Int64(min(500, max(10, timeout / 4))))
        timer = loop.scheduleRepeatedTask(initialDelay: step, delay: step) { [unowned self] _ in lookAtDeadlines() }
    }

    /// Stops, on the thread. Applications that still run are not waited for.
    func stop() {
        timer?.cancel()
        tell()
        // Nobody will notice the end of applications that still run, so their places are released now.
        for _ in 0..<live { server.options.occupancy?.leave() }
        isStopped.locked { $0 = true }
        if let host { host.detach(channel) }
    }

    /// The current value of a Date field; empty if the server adds none.
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
        // Backwards, because each connection may be removed.
        for index in connections.indices.reversed() where index < connections.count {
            connections[index].look(at: now)
        }
    }

    /// The lines of the access log that were not taken yet.
    let lines = WaitingLines()
    private var timestamp = TimestampValue()
    /// Observed requests that were not reported yet.
    var observations = OctetBuffer()
    private var isTellingDue = false
    /// With this many bytes they are reported at once.
    private static let manyObservations = 16 << 10
    /// How long log lines and observations are collected, in milliseconds.
    private static let tellingDelay: Int64 = 20
    /// Whether requests are logged or measured.
    let isTelling: Bool
    /// This thread's metrics; `nil` if nothing is measured.
    private let metrics: Mutex<RequestMetrics?>

    /// Adds a line to the access log.
    func log(_ line: borrowing AccessLine, isComplete: Bool, as format: AccessLogFormat) {
        let time = unsafe timestamp.at(WallClock.milliseconds)
        let isMuch = lines.add { unsafe line.write(isComplete: isComplete, at: time, as: format, to: &$0) }
        if isMuch { tell() } else { willTell() }
    }

    /// A request was added to the observations.
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
        if lines.announce() { server.tell(.logged) }
        if observations.count > 0 { unsafe server.tell(.observed(Array(observations.octets))) }
        observations.clear(keeping: 2 * IOThread.manyObservations)
    }

    /// Adds this thread's metrics to others. Any thread.
    func addMetrics(to all: inout RequestMetrics) {
        metrics.locked { own in
            if let own { all.add(own) }
        }
    }

    /// Counts a finished request.
    func measure(_ method: Int, _ status: Int, _ time: Int, _ size: Int, _ bounds: RequestMetrics.Bounds) {
        metrics.locked { $0?.count(method: method, status: status, time: time, size: size, bounds) }
    }

    /// While the server is drained: how long a connection may be idle, in milliseconds.
    private(set) var drainTimeout: Int?
    /// The interval of the checks then, short so that the end follows soon after the last connection.
    private static let drainStep = TimeAmount.milliseconds(25)

    /// Closes connections that are idle for this long.
    ///
    /// - Parameter idle: milliseconds.
    func drain(idle: Int) {
        drainTimeout = max(1, idle)
        for connection in connections { connection.drain() }
        timer?.cancel()
        timer = loop.scheduleRepeatedTask(initialDelay: IOThread.drainStep, delay: IOThread.drainStep) {
            [unowned self] _ in lookAtDeadlines()
        }
    }

    /// Closes idle connections.
    ///
    /// - Parameters:
    ///   - all: whether to close all other connections, too.
    ///   - soon: whether the others close after their response.
    func close(all: Bool, soon: Bool) {
        for connection in connections { connection.close(all: all, soon: soon) }
    }

    /// Refuses requests without a response and closes all other connections.
    func abandon() {
        for connection in connections { connection.abandon() }
    }

    // MARK: - To the host

    /// Allocates a slot for a request of a connection.
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

    /// Detaches the connection from a slot, which stays in use until the application returns.
    func leave(_ slot: UInt32) { owners[Int(slot)] = nil }

    /// A command was written. All commands of this turn are submitted together.
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

    func wake() { perform { $0.takeAnswers() } }

    /// Runs a closure on the thread, unless it has stopped. Any thread.
    func perform(_ body: @escaping @Sendable (IOThread) -> Void) {
        // A loop that has ended accepts no tasks.
        isStopped.locked { isStopped in
            if !isStopped { loop.execute { [self] in body(self) } }
        }
    }

    private func takeAnswers() {
        // The responses are flushed together, at the end.
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

    /// Schedules a connection's flush for the end of this turn of the loop.
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
            // Read even if its slot has no owner: the next head may leave out what this one has.
            let head = record.headIndex.flatMap { place in
                let (numbers, available) = unsafe record.view.head(at: place)
                return unsafe responseHeads.read(numbers, available: available)
            }
            guard record.kind != .control, record.kind != .notice else { continue }
            let slot = Int(record.view.slot)
            if let owner = owners[slot] {
                unsafe owner.receive(record, head, body)
            } else if record.kind == .file {
                unsafe SentFile(body)?.close()
            } else if record.kind == .fail {
                // It failed after its response: a framework has answered an error.
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
