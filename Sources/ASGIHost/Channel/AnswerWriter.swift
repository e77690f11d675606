import Mailbox

/// Writes a channel's answers, merges what belongs together, and decides when its client is woken.
///
/// Lives on the event loop's thread. Answers are collected while requests are started or continued, and delivered when
/// that is done, or after `coalescingDelay` (`busyCoalescingDelay` where much is still to be done), so that slow applications do not hold
/// the fast ones' answers back.
struct AnswerWriter: ~Copyable {
    /// Nanoseconds that an answer may wait for others: a batch that goes back and forth in one piece has the threads work
    /// by turns.
    static let coalescingDelay: UInt64 = 20_000
    /// Nanoseconds that one may wait while many commands are still to be carried out.
    static let busyCoalescingDelay: UInt64 = 200_000

    /// What is written and not delivered.
    var batch = Batch()
    private let channel: Host.Channel
    private var since: UInt64 = 0
    /// Where the last record stands, as long as it can be added to.
    private var last = -1
    private var lastSlot: UInt32 = 0

    init(channel: Host.Channel) { self.channel = channel }

    /// Whether there is anything to deliver.
    var isEmpty: Bool { batch.isEmpty }

    /// Begins a record.
    @inline(__always)
    private mutating func begin(_ answer: Answer, _ flags: Answer.Flags, _ slot: UInt32) {
        if batch.isEmpty { since = MonotonicClock.now() }
        last = batch.begin(answer, flags, slot: slot)
        lastSlot = slot
    }

    /// `http.response.start`, with the head that was read last.
    @inline(__always)
    mutating func start(slot: UInt32, status: Int, flags: Answer.Flags, _ head: inout ResponseHeads) {
        begin(.start, flags, slot)
        batch.append(number: UInt32(truncatingIfNeeded: status))
        batch.append(number: 0)
        head.write(to: &batch)
        batch.finish(last)
    }

    /// A body chunk, in as many records as it takes.
    ///
    /// - Parameter borrowed: keeps bytes that are not to be copied.
    @inline(__always)
    mutating func body(slot: UInt32, _ bytes: UnsafeRawBufferPointer, end: Bool, borrowed: BorrowedBuffer? = nil) {
        var rest = unsafe bytes
        while rest.count > Record.maxBodyLength {
            let piece = unsafe UnsafeRawBufferPointer(rebasing: rest[..<Record.maxBodyLength])
            unsafe writeBody(slot: slot, piece, end: false, borrowed: borrowed)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[Record.maxBodyLength...])
        }
        // What is left of a large chunk may be small: only a block of its own can be lent.
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
            // The first one goes in one record with its start.
            batch.add(flags, at: last)
            return unsafe append(bytes, borrowed, lengthAt: Answer.Start.bodyLength)
        }
        begin(.body, flags, slot)
        batch.append(number: 0)
        unsafe append(bytes, borrowed, lengthAt: Record.Place.first)
    }

    /// Ends the last record with a body.
    @inline(__always)
    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ borrowed: BorrowedBuffer?, lengthAt place: Int) {
        guard let borrowed else { return unsafe batch.finish(last, body: bytes, lengthAt: place) }
        unsafe batch.append(borrowed: bytes, from: borrowed)
        batch.setNumber(place, at: last, Record.inBlock)
        batch.finish(last)
    }

    /// Whether the record that was written last is this slot's start or body, still here and not the end.
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

    /// The response is complete, with trailers.
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

    /// An interim response, with the head that was read last.
    mutating func interim(slot: UInt32, status: Int, _ head: inout ResponseHeads) {
        begin(.interim, [], slot)
        batch.append(number: UInt32(truncatingIfNeeded: status))
        head.write(to: &batch)
        batch.finish(last)
    }

    /// A record with a description: JSON, or a file's.
    mutating func describe(_ answer: Answer, slot: UInt32, flags: Answer.Flags = [], json: UnsafeRawBufferPointer) {
        begin(answer, flags, slot)
        batch.append(number: UInt32(truncatingIfNeeded: json.count))
        unsafe batch.append(octets: json)
        batch.finish(last)
    }

    /// A control call's answer or an event: one more number before the description's length.
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

    /// A WebSocket was accepted, with the head that was read last.
    mutating func accept(slot: UInt32, subprotocol: UnsafeRawBufferPointer, _ head: inout ResponseHeads) {
        begin(.accept, [], slot)
        batch.append(number: UInt32(truncatingIfNeeded: subprotocol.count))
        head.write(to: &batch)
        batch.pad()
        unsafe batch.append(octets: subprotocol)
        batch.finish(last)
    }

    /// A WebSocket's message.
    mutating func message(slot: UInt32, _ bytes: UnsafeRawBufferPointer, isText: Bool) {
        begin(.message, isText ? .text : [], slot)
        batch.append(number: 0)
        unsafe append(bytes, nil, lengthAt: Record.Place.first)
    }

    /// A WebSocket was closed or refused.
    mutating func close(slot: UInt32, code: Int, reason: UnsafeRawBufferPointer) {
        begin(.close, [], slot)
        batch.append(number: UInt32(truncatingIfNeeded: code))
        batch.append(number: UInt32(truncatingIfNeeded: reason.count))
        unsafe batch.append(octets: reason)
        batch.finish(last)
    }

    /// The application has taken bytes of the request's body.
    mutating func credit(slot: UInt32, _ count: Int) {
        begin(.credit, [], slot)
        batch.append(long: count)
        batch.finish(last)
    }

    /// Nothing more comes for the slot: a flag on its last record where that is still here.
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

    /// Whether the first answer has waited as long as it may while many commands are to be carried out.
    func isOverdue(at now: UInt64) -> Bool { now &- since > AnswerWriter.busyCoalescingDelay }

    /// Hands all answers to the channel and wakes the client if it had none.
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
