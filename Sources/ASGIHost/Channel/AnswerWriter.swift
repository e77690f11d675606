import Mailbox

/// Writes a channel's answers, merges them where possible, and decides when to wake the client.
///
/// Used on the event loop's thread. Answers are collected while requests are started or continued. They are delivered
/// after that, or after `coalescingDelay` (`busyCoalescingDelay` while many commands remain), so that slow applications
/// do not delay the answers of fast ones.
struct AnswerWriter: ~Copyable {
    /// How long an answer may wait for others, in nanoseconds. If a whole batch were answered at once, the two threads
    /// would only work in turns.
    static let coalescingDelay: UInt64 = 20_000
    /// How long an answer may wait while many commands remain, in nanoseconds.
    static let busyCoalescingDelay: UInt64 = 200_000

    /// The answers that are not delivered yet.
    var batch = Batch()
    private let channel: Host.Channel
    private var since: UInt64 = 0
    /// The index of the last record if it can be extended, else -1.
    private var last = -1
    private var lastSlot: UInt32 = 0

    init(channel: Host.Channel) { self.channel = channel }

    /// Whether all answers are delivered.
    var isEmpty: Bool { batch.isEmpty }

    /// Begins a record.
    @inline(__always)
    private mutating func begin(_ answer: Answer, _ flags: Answer.Flags, _ slot: UInt32) {
        if batch.isEmpty { since = MonotonicClock.now() }
        last = batch.begin(answer, flags, slot: slot)
        lastSlot = slot
    }

    /// Writes `http.response.start` with the head that was read last.
    @inline(__always)
    mutating func start(slot: UInt32, status: Int, flags: Answer.Flags, _ head: inout ResponseHeads) {
        begin(.start, flags, slot)
        batch.append(number: UInt32(truncatingIfNeeded: status))
        batch.append(number: 0)
        head.write(to: &batch)
        batch.finish(last)
    }

    /// Writes a body chunk, in several records if it is too long for one.
    ///
    /// - Parameter borrowed: owns the bytes if they need not be copied.
    @inline(__always)
    mutating func body(slot: UInt32, _ bytes: UnsafeRawBufferPointer, end: Bool, borrowed: BorrowedBuffer? = nil) {
        var rest = unsafe bytes
        while rest.count > Record.maxBodyLength {
            let piece = unsafe UnsafeRawBufferPointer(rebasing: rest[..<Record.maxBodyLength])
            unsafe writeBody(slot: slot, piece, end: false, borrowed: borrowed)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[Record.maxBodyLength...])
        }
        // The rest of a large chunk may be small, and only bytes with their own block can be borrowed.
        unsafe writeBody(slot: slot, rest, end: end, borrowed: rest.count >= Batch.borrowSize ? borrowed : nil)
    }

    @inline(__always)
    private mutating func writeBody(slot: UInt32, _ bytes: UnsafeRawBufferPointer, end: Bool, borrowed: BorrowedBuffer?)
    {
        let flags: Answer.Flags = end ? .end : []
        if bytes.count == 0 {
            if isOpen(slot) { return batch.add(flags, at: last) }
            if !end { return }
        } else if isOpen(slot), isStartAlone {
            // The first chunk goes into the record of its start.
            batch.add(flags, at: last)
            return unsafe append(bytes, borrowed, lengthAt: Answer.Start.bodyLength)
        }
        begin(.body, flags, slot)
        batch.append(number: 0)
        unsafe append(bytes, borrowed, lengthAt: Record.Index.first)
    }

    /// Ends the last record with a body.
    @inline(__always)
    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ borrowed: BorrowedBuffer?, lengthAt index: Int) {
        guard let borrowed else { return unsafe batch.finish(last, body: bytes, lengthAt: index) }
        unsafe batch.append(borrowed: bytes, from: borrowed)
        batch.setNumber(index, at: last, Record.inBlock)
        batch.finish(last)
    }

    /// Whether the last record is this slot's start or body, not delivered yet, and not the end.
    @inline(__always)
    private func isOpen(_ slot: UInt32) -> Bool {
        guard last >= 0, lastSlot == slot else { return false }
        let (kind, flags) = batch.answer(at: last)
        return (kind == .start || kind == .body) && !flags.contains(.end)
    }

    /// Whether the last record is a start without a body.
    @inline(__always)
    private var isStartAlone: Bool {
        batch.answer(at: last).kind == .start
            && batch.number(Answer.Start.bodyLength, at: last) == 0
    }

    /// Writes the end of a response, with trailers.
    mutating func end(slot: UInt32, trailers: [(name: [UInt8], value: [UInt8])]) {
        begin(.end, [], slot)
        batch.append(number: Head.noShape)
        batch.append(number: UInt32(trailers.count))
        for index in 0..<Head.masks(for: trailers.count) {
            let count = min(32, trailers.count - 32 * index)
            batch.append(number: UInt32.max >> UInt32(32 - count))
        }
        for trailer in trailers { batch.append(number: UInt32(trailer.name.count)) }
        for trailer in trailers { batch.append(number: UInt32(trailer.value.count)) }
        for trailer in trailers { unsafe trailer.name.withUnsafeBytes { unsafe batch.append(octets: $0) } }
        for trailer in trailers { unsafe trailer.value.withUnsafeBytes { unsafe batch.append(octets: $0) } }
        batch.finish(last)
    }

    /// Writes an interim response with the head that was read last.
    mutating func interim(slot: UInt32, status: Int, _ head: inout ResponseHeads) {
        begin(.interim, [], slot)
        batch.append(number: UInt32(truncatingIfNeeded: status))
        head.write(to: &batch)
        batch.finish(last)
    }

    /// Writes a record with a description: JSON, or that of a file.
    mutating func describe(_ answer: Answer, slot: UInt32, flags: Answer.Flags = [], json: UnsafeRawBufferPointer) {
        begin(answer, flags, slot)
        batch.append(number: UInt32(truncatingIfNeeded: json.count))
        unsafe batch.append(octets: json)
        batch.finish(last)
    }

    /// Writes the answer of a control call, or a notice: a number and a description.
    mutating func report(
        _ answer: Answer, _ subject: UInt32, _ detail: UInt32, json: UnsafeRawBufferPointer
    ) {
        begin(answer, [], subject)
        batch.append(number: detail)
        batch.append(number: UInt32(truncatingIfNeeded: json.count))
        unsafe batch.append(octets: json)
        batch.finish(last)
        last = -1
    }

    /// Writes that a WebSocket was accepted, with the head that was read last.
    mutating func accept(slot: UInt32, subprotocol: UnsafeRawBufferPointer, _ head: inout ResponseHeads) {
        begin(.accept, [], slot)
        batch.append(number: UInt32(truncatingIfNeeded: subprotocol.count))
        head.write(to: &batch)
        batch.pad()
        unsafe batch.append(octets: subprotocol)
        batch.finish(last)
    }

    /// Writes a WebSocket message.
    mutating func message(slot: UInt32, _ bytes: UnsafeRawBufferPointer, isText: Bool) {
        begin(.message, isText ? .text : [], slot)
        batch.append(number: 0)
        unsafe append(bytes, nil, lengthAt: Record.Index.first)
    }

    /// Writes that a WebSocket was closed or refused.
    mutating func close(slot: UInt32, code: Int, reason: UnsafeRawBufferPointer) {
        begin(.close, [], slot)
        batch.append(number: UInt32(truncatingIfNeeded: code))
        batch.append(number: UInt32(truncatingIfNeeded: reason.count))
        unsafe batch.append(octets: reason)
        batch.finish(last)
    }

    /// Writes that the application has received bytes of the request's body.
    mutating func credit(slot: UInt32, _ count: Int) {
        begin(.credit, [], slot)
        batch.append(long: count)
        batch.finish(last)
    }

    /// Writes that the application has returned: as a flag of the slot's last record if possible.
    @inline(__always)
    mutating func finished(slot: UInt32) {
        if last >= 0, lastSlot == slot {
            batch.add(Answer.Flags.finished, at: last)
        } else {
            begin(.finished, [], slot)
            batch.finish(last)
        }
        last = -1
    }

    /// Delivers when the first answer has waited long enough.
    @inline(__always)
    mutating func deliverIfDue(at now: UInt64) {
        if isDue(at: now) { deliver() }
    }

    /// Whether the first answer has waited long enough.
    @inline(__always)
    func isDue(at now: UInt64) -> Bool {
        !batch.isEmpty && now &- since > AnswerWriter.coalescingDelay && !channel.isLocal
    }

    /// Whether the first answer has waited for `busyCoalescingDelay`.
    func isOverdue(at now: UInt64) -> Bool { now &- since > AnswerWriter.busyCoalescingDelay }

    /// Moves all answers to the channel, and wakes the client if its mailbox was empty.
    mutating func deliver() {
        last = -1
        guard !batch.isEmpty else { return }
        switch channel.answers.deliver(&batch) {
        case .first: channel.client.wake()
        case .appended: break
        case .closed: batch.clear()
        }
    }
}
