import Mailbox

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Writes a port's answers, merges what belongs together, and decides when the transport is woken.
///
/// Lives on the event loop's thread. Answers are collected while requests are started or continued, and delivered when
/// that is done, or after `patience` (`longPatience` where much is still to be done), so that slow applications do not hold
/// the fast ones' answers back.
struct AnswerWriter: ~Copyable {
    /// Nanoseconds that an answer may wait for others. Waking once per batch instead of once per response takes 1.9 µs of
    /// the JavaScript thread's time per request to 1.2 µs; but a batch that is delivered in one goes back and forth, and
    /// the threads work by turns: 64 in flight get 430,000 requests a second with 50 µs, 670,000 with 20.
    static let patience: UInt64 = 20_000
    /// Nanoseconds that one may wait while many commands are still to be carried out. (Starlette, 64 in flight, 15 µs each:
    /// 76,000 instead of 64,000 requests a second, 4.2 instead of 6.3 µs of the JavaScript thread's time.)
    static let longPatience: UInt64 = 200_000

    /// What is written and not delivered.
    var batch = Batch()
    private let port: Port
    private var since: UInt64 = 0
    /// The last record, as long as it can be added to.
    private var lastIndex = -1
    private var lastSlot: UInt32 = 0

    init(port: Port) { self.port = port }

    /// Whether there is anything to deliver.
    var isEmpty: Bool { batch.isEmpty }

    /// Nanoseconds of the monotonic clock.
    @inline(__always)
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Begins a record; the caller has written its text.
    @inline(__always)
    private mutating func begin(_ answer: Answer, _ flags: UInt32, _ slot: UInt32) {
        if batch.isEmpty { since = AnswerWriter.now() }
        lastIndex = batch.words.count
        lastSlot = slot
        batch.words.append(answer.rawValue | flags << 8)
        batch.words.append(slot)
    }

    /// `http.response.start`, whose head's text the caller has written to `batch.text`.
    mutating func start(slot: UInt32, status: Int, headLength: Int, flags: UInt32) {
        begin(.start, flags, slot)
        batch.words.append(UInt32(truncatingIfNeeded: status))
        batch.words.append(UInt32(truncatingIfNeeded: headLength))
        batch.words.append(0)
    }

    /// The most that a record has of a body, whose length is 32 bits wide.
    private static let largest = 1 << 30

    /// A body chunk, in as many records as it takes.
    ///
    /// - Parameter loan: keeps bytes that are not to be copied.
    mutating func body(slot: UInt32, _ bytes: UnsafeRawBufferPointer, end: Bool, loan: Loan? = nil) {
        var rest = bytes
        while rest.count > AnswerWriter.largest {
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<AnswerWriter.largest])
            writeBody(slot: slot, piece, end: false, loan: loan)
            rest = UnsafeRawBufferPointer(rebasing: rest[AnswerWriter.largest...])
        }
        // What is left of a large chunk may be small: only a block of its own can be lent.
        writeBody(slot: slot, rest, end: end, loan: rest.count >= Batch.lendSize ? loan : nil)
    }

    /// A piece of a body; a first one that follows its start directly becomes one record with it.
    private mutating func writeBody(slot: UInt32, _ bytes: UnsafeRawBufferPointer, end: Bool, loan: Loan?) {
        let flags = end ? Answer.Flag.end : 0
        if let kind = openRecord(of: slot) {
            if bytes.count == 0 {
                batch.words[lastIndex] |= flags << 8
                return
            }
            if kind == .start, batch.words[lastIndex + 4] == 0 {
                batch.words[lastIndex] |= flags << 8
                batch.words[lastIndex + 4] = UInt32(truncatingIfNeeded: bytes.count)
                append(bytes, loan)
                return
            }
        }
        if bytes.count == 0, !end { return }
        begin(.body, flags, slot)
        batch.words.append(UInt32(truncatingIfNeeded: bytes.count))
        append(bytes, loan)
    }

    @inline(__always)
    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ loan: Loan?) {
        if let loan { batch.append(lent: bytes, by: loan) } else { batch.append(body: bytes) }
    }

    /// The start or body record of this slot that was written last, if it is still here and not ended.
    @inline(__always)
    private func openRecord(of slot: UInt32) -> Answer? {
        guard lastIndex >= 0, lastSlot == slot else { return nil }
        let word = batch.words[lastIndex]
        guard word >> 8 & Answer.Flag.end == 0 else { return nil }
        switch word & 0xff {
        case Answer.start.rawValue: return .start
        case Answer.body.rawValue: return .body
        default: return nil
        }
    }

    /// The response is complete, with trailers whose text the caller has written.
    mutating func end(slot: UInt32, trailersLength: Int) {
        begin(.end, 0, slot)
        batch.words.append(UInt32(truncatingIfNeeded: trailersLength))
    }

    /// An interim response, whose head's text the caller has written.
    mutating func interim(slot: UInt32, status: Int, headLength: Int) {
        begin(.interim, 0, slot)
        batch.words.append(UInt32(truncatingIfNeeded: status))
        batch.words.append(UInt32(truncatingIfNeeded: headLength))
    }

    /// A record with a description in `bytes`: JSON, or a file's.
    mutating func describe(_ answer: Answer, slot: UInt32, flags: UInt32 = 0, json: UnsafeRawBufferPointer) {
        begin(answer, flags, slot)
        batch.words.append(UInt32(truncatingIfNeeded: json.count))
        appendInline(json)
    }

    /// A control call's answer or an event: one more number before the description's length.
    mutating func report(
        _ answer: Answer, _ subject: UInt32, _ detail: UInt32, json: UnsafeRawBufferPointer
    ) {
        begin(answer, 0, subject)
        lastIndex = -1
        batch.words.append(detail)
        batch.words.append(UInt32(truncatingIfNeeded: json.count))
        appendInline(json)
    }

    /// Descriptions are never blocks, whatever their size: the reader finds them by length alone.
    private mutating func appendInline(_ json: UnsafeRawBufferPointer) {
        guard let start = json.baseAddress else { return }
        batch.bytes.append(start.assumingMemoryBound(to: UInt8.self), count: json.count)
    }

    /// A WebSocket was accepted; the caller has written its head's and its subprotocol's text.
    mutating func accept(slot: UInt32, headLength: Int, protocolLength: Int) {
        begin(.accept, 0, slot)
        batch.words.append(UInt32(truncatingIfNeeded: headLength))
        batch.words.append(UInt32(truncatingIfNeeded: protocolLength))
    }

    /// A WebSocket's message.
    mutating func message(slot: UInt32, _ bytes: UnsafeRawBufferPointer, isText: Bool) {
        begin(.message, isText ? Answer.Flag.text : 0, slot)
        batch.words.append(UInt32(truncatingIfNeeded: bytes.count))
        batch.append(body: bytes)
    }

    /// A WebSocket was closed or refused.
    mutating func close(slot: UInt32, code: Int, reason: UnsafeRawBufferPointer) {
        begin(.close, 0, slot)
        batch.words.append(UInt32(truncatingIfNeeded: code))
        batch.words.append(UInt32(truncatingIfNeeded: reason.count))
        appendInline(reason)
    }

    /// The application has taken bytes of the request's body.
    mutating func room(slot: UInt32, _ count: Int) {
        begin(.room, 0, slot)
        batch.words.append(UInt32(truncatingIfNeeded: count))
    }

    /// Nothing more comes for the slot: a flag on its last record where that is still here.
    mutating func finished(slot: UInt32) {
        if lastIndex >= 0, lastSlot == slot {
            batch.words[lastIndex] |= Answer.Flag.finished << 8
        } else {
            begin(.finished, 0, slot)
        }
        lastIndex = -1
    }

    /// Delivers when the first answer has waited long enough.
    @inline(__always)
    mutating func deliverIfDue(at now: UInt64) {
        if isDue(at: now) { deliver() }
    }

    /// Whether the first answer has waited long enough.
    @inline(__always)
    func isDue(at now: UInt64) -> Bool {
        !batch.isEmpty && now &- since > AnswerWriter.patience && !port.isLocal
    }

    /// Whether the first answer has waited as long as it may while many commands are to be carried out.
    func isOverdue(at now: UInt64) -> Bool { now &- since > AnswerWriter.longPatience }

    /// Hands all answers to the port and wakes the transport if it has none yet.
    mutating func deliver() {
        lastIndex = -1
        guard !batch.isEmpty else { return }
        switch port.answers.deliver(&batch) {
        case .first: port.transport.wake()
        case .behind: break
        case .closed: batch.clear()
        }
    }
}
