import ASGI
import Mailbox
import PythonAPI

/// One call of an application with a scope of any type (ASGI, "Applications"), whose events are passed on unchanged; or
/// one call of a plain function that needs a task: see `FunctionCalls`.
///
/// The application and the caller decide about the order of events. Closing cancels the application's task.
final class RawExchange: ExchangeState, Exchange {
    private enum Phase {
        case open
        /// The caller has closed it.
        case closed
        /// The application has returned or raised.
        case ended
    }

    private var phase = Phase.open
    /// Events that the application has not received, with their lengths in bytes.
    private var events = InputQueue<Int>()
    /// The blocks that the next event refers to.
    private var pieces: Pieces?
    /// Whether a function returns several values.
    private var isStream = false

    private static let invalidEvent = "ERR_ASGI_INVALID_EVENT"

    var refusalCode: String { RawExchange.invalidEvent }

    var isOver: Bool { phase != .open }

    var isDisconnected: Bool { phase == .closed }

    private var isFunction: Bool { flags.contains(.function) }

    func fail() -> Bool {
        defer { phase = phase == .open ? .ended : phase }
        return phase == .open
    }

    func returned(_ py: borrowing Python) {
        guard phase == .open else { return }
        phase = .ended
        unsafe table.answers.close(slot: slot, code: 0, reason: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python) {
        guard phase == .open else { return }
        phase = .closed
        dropInput(py)
        wakeAll(py)
        // A call whose arguments are incomplete was not started, so nothing has to end.
        if isFunction, !isBegun { return release(py) }
        cancel(py)
    }

    func receive(_ input: ExchangeInput, _ py: borrowing Python) {
        switch input {
        case .message(let bytes, _): unsafe receiveEvent(bytes, py)
        case .block(let block) where phase == .open: receivePiece(block)
        case .block, .body: input.drop()
        }
    }

    private func receivePiece(_ block: Batch.Block) {
        let pieces = pieces ?? Pieces()
        pieces.append(block)
        self.pieces = pieces
    }

    private func receiveEvent(_ bytes: UnsafeRawBufferPointer, _ py: borrowing Python) {
        guard phase == .open else { return }
        let pieces = pieces.take()
        if isFunction {
            if !isBegun { unsafe begin(bytes, pieces, py) }
            return
        }
        do throws(PyError) {
            unsafe events.append(try context.values.read(bytes, pieces, py), bytes.count + (pieces?.count ?? 0))
        } catch {
            // The events after an invalid one would make no sense, so the call fails with the error.
            fail(PyError.take(py), code: RawExchange.invalidEvent, py)
            cancel(py)
            return
        }
        wakeReceivers(py)
    }

    /// Starts the call of a function after its last argument has arrived.
    private func begin(_ octets: UnsafeRawBufferPointer, _ pieces: Pieces?, _ py: borrowing Python) {
        do throws(PyError) {
            let calls = try application.functions(py)
            guard application.isServing else { return unsafe launch(with: try calls.scope(octets, pieces, py), py) }
            switch try unsafe calls.perform(octets, pieces, slot: slot, of: table, py) {
            case .answered:
                phase = .ended
                release(py)
            case .needsTask(let scope): launch(with: scope, py)
            }
        } catch {
            refuse(PyError.take(py), py)
        }
    }

    private func launch(with scope: consuming PyOwned, _ py: borrowing Python) {
        prepare(scope)
        guard application.begin(self, py) else { return }
        launch(py)
    }

    func dropInput(_ py: borrowing Python) {
        events.clear(py)
        pieces = nil
    }

    func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        // An application that continues although it was cancelled must not wait forever.
        if isOver {
            hasReportedEnd = true
            throw disconnectedError(py)
        }
        guard !events.isEmpty else { return nil }
        table.answers.credit(slot: slot, events.first)
        let event = events.take()
        context.answersWritten(py)
        return event
    }

    func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) {
        if isOver { throw disconnectedError(py) }
        if isFunction { return try sendValue(event, py) }
        guard event.isKind(of: context.values.dictType, py) else {
            throw PyError.raise(.type, "send() expects a dict, got '\(try event.typeName(py))'", py)
        }
        window.sent(try sent(event, py))
    }

    /// Sends a function's result: a tuple of one value; or None, which values of a generator follow.
    private func sendValue(_ value: PyRef, _ py: borrowing Python) throws(PyError) {
        let count = try sent(value, py)
        // The consumer credits a single value at once.
        if isStream { window.sent(count) }
        if value.isNone { isStream = true }
    }

    private func sent(_ value: PyRef, _ py: borrowing Python) throws(PyError) -> Int {
        try context.values.send(value, slot: slot, to: table, py) { () throws(PyError) in
            // Reading the event may have run code of the application.
            if isOver { throw disconnectedError(py) }
        }
    }

    // MARK: - The application's functions

    static let receiveFunction = unsafe PyFunction.noArguments("receive") { capsule, _ in
        unsafe PyRef(capsule!).withUnretainedObject(as: RawExchange.self) { exchange in
            unsafe Python.enter { py throws(PyError) in try exchange.awaitableOfReceive(py) }
        }
    }

    static let sendFunction = unsafe PyFunction.oneArgument("send") { capsule, event in
        unsafe PyRef(capsule!).withUnretainedObject(as: RawExchange.self) { exchange in
            unsafe Python.enter { py throws(PyError) in try unsafe exchange.awaitableOfSend(PyRef(event!), py) }
        }
    }
}
