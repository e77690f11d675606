import ASGI
import CPythonAPI
import Mailbox
import PythonAPI

/// One call of an application with a scope of any type (ASGI, "Applications"): events pass as they are.
///
/// What may be said when is between the application and whoever opened it; closing it cancels the application's task.
final class RawExchange: Exchange {
    private enum Phase {
        case open
        /// Closed from outside.
        case closed
        /// The application has returned or raised.
        case ended
    }

    private var phase = Phase.open
    /// Events that the application has not taken, with their length in bytes.
    private var events = InputQueue<Int>()

    private static let invalidEvent = "ERR_ASGI_INVALID_EVENT"

    override var refusalCode: String { RawExchange.invalidEvent }

    override var isOver: Bool { phase != .open }

    override var isDisconnected: Bool { phase == .closed }

    /// The scope, or an event, that the other side has written.
    static func value(
        of text: UnsafeRawBufferPointer, _ context: LoopContext, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        try context.bootstrap.call("value_of", try PyOwned.string(utf8: text, py), py)
    }

    override func fail() -> Bool {
        defer { phase = phase == .open ? .ended : phase }
        return phase == .open
    }

    override func returned(_ py: borrowing Python) {
        guard phase == .open else { return }
        phase = .ended
        table.answers.close(slot: slot, code: 0, reason: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    override func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python) {
        guard phase == .open else { return }
        phase = .closed
        super.disconnect(code: code, reason: reason, py)
        cancel(py)
    }

    override func receiveMessage(_ bytes: UnsafeRawBufferPointer, isText: Bool, _ py: borrowing Python) {
        guard phase == .open else { return }
        do throws(PyError) {
            events.append(try RawExchange.value(of: bytes, context, py), bytes.count)
        } catch {
            // Without it what follows makes no sense: the call fails with what is wrong with the event.
            fail(PyError.take(py), code: RawExchange.invalidEvent, py)
            cancel(py)
            return
        }
        wakeReceivers(py)
    }

    override func dropInput(_ py: borrowing Python) { events.clear(py) }

    override func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        // An application that goes on although it was cancelled must not wait for ever.
        if isOver {
            isEndTold = true
            throw disconnectedError(py)
        }
        guard !events.isEmpty else { return nil }
        table.answers.room(slot: slot, events.first)
        let event = events.take()
        context.answersWritten(py)
        return event
    }

    override func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) {
        if isOver { throw disconnectedError(py) }
        let text = try context.bootstrap.call("event_to_text", event, py)
        let bytes = try text.utf8(py)
        // Reading the event may have run code of the application's.
        if isOver { throw disconnectedError(py) }
        table.answers.message(slot: slot, bytes, isText: true)
        window.sent(bytes.count)
        _ = consume text
    }
}
