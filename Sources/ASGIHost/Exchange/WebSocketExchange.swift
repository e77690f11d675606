import ASGI
import CPythonAPI
import Mailbox
import PythonAPI

/// One WebSocket (ASGI, "WebSocket"): messages in both directions, no frames.
final class WebSocketExchange: Exchange {
    /// What there is to know of a message, which is a `str` or a `bytes`.
    private struct Message {
        let isText: Bool
        /// Bytes, as the client counts them.
        let count: Int
    }

    /// Bytes that a message counts for at least: a flood of empty ones has to have a bound too. The transport
    /// acknowledges with the same measure.
    static let leastCost = 64

    private var socket = WebSocketCycle()
    /// Messages of the client's that the application has not taken.
    private var messages = InputQueue<Message>()
    private var isConnectDelivered = false
    /// How the connection ended, once it has.
    private var closing: (code: Int, reason: String)?

    override var isOver: Bool { socket.isOver }

    override var isDisconnected: Bool { socket.isDisconnected }

    override func fail() -> Bool { socket.fail() }

    // MARK: - From the client

    /// A message: text as UTF-8, which the transport has checked.
    override func receiveMessage(_ bytes: UnsafeRawBufferPointer, isText: Bool, _ py: borrowing Python) {
        if socket.isOver || socket.isDenying { return }
        do throws(PyError) {
            let object = isText ? try PyOwned.string(utf8: bytes, py) : try PyOwned.bytes(bytes, py)
            messages.append(object, Message(isText: isText, count: bytes.count))
        } catch {
            PyError.writeUnraisable(nil, py)
            return disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
        }
        wakeReceivers(py)
    }

    override func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python) {
        if socket.disconnect() {
            cycle.disconnect()
            closing = (code, String(decoding: reason, as: UTF8.self))
        }
        // What the client has sent before it left is still the application's to read.
        wakeReceivers(py)
        wakeSenders(py)
    }

    override func dropInput(_ py: borrowing Python) {
        messages.clear(py)
    }

    // MARK: - receive()

    override func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        if !isConnectDelivered {
            isConnectDelivered = true
            let event = try PyOwned.dict(py)
            try event.set(context.names.type, context.names.webSocketConnect, py)
            return event
        }
        // No message before the handshake is answered; what an application has closed gives it no more messages.
        if socket.isAccepted, !messages.isEmpty, !(socket.isOver && !socket.isDisconnected) {
            return try nextMessage(py)
        }
        guard let closing else { return nil }
        let names = context.names
        let event = try PyOwned.dict(py)
        try event.set(names.type, names.webSocketDisconnect, py)
        try event.set(names.code, try PyOwned.int(closing.code, py), py)
        try event.set(names.reason, try PyOwned.string(closing.reason, py), py)
        return event
    }

    private func nextMessage(_ py: borrowing Python) throws(PyError) -> PyOwned {
        let message = messages.first
        let object = messages.take()
        let event = try PyOwned.dict(py)
        try event.set(context.names.type, context.names.webSocketReceive, py)
        try event.set(message.isText ? context.names.text : context.names.bytes, object, py)
        if !socket.isOver {
            table.answers.room(slot: slot, message.count)
            context.answersWritten(py)
        }
        return event
    }

    // MARK: - The application's end

    override func returned(_ py: borrowing Python) {
        switch socket.finish() {
        case .complete: break
        case .withoutAnswer: failUnanswered(py)
        case .withoutCompletion: failIncomplete(py)
        case .open: table.answers.close(slot: slot, code: 1000, reason: UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    // MARK: - send()

    override func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) {
        let message = MessageReader(event, py)
        let type = try message.type(context.names.type, py)
        if type.elementsEqual("websocket.send") {
            try sendMessage(message, py)
        } else if type.elementsEqual("websocket.accept") {
            try accept(event, py)
        } else if type.elementsEqual("websocket.close") {
            try close(message, event, py)
        } else if type.elementsEqual("websocket.http.response.start") {
            try startDenial(message, event, py)
        } else if type.elementsEqual("websocket.http.response.body"), socket.isDenying {
            try sendBody(message, py)
            if cycle.isOver { denied(py) }
        } else {
            let name = String(decoding: type, as: UTF8.self)
            let expected =
                socket.isAccepted
                ? "'websocket.send' or 'websocket.close'"
                : "'websocket.accept', 'websocket.close' or 'websocket.http.response.start'"
            throw PyError.raise(.runtime, "Expected ASGI message \(expected), but got '\(name)'.", py)
        }
    }

    private func accept(_ event: PyRef, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        var protocolText: [UInt8] = []
        if let given = try event.item(names.subprotocol, py), !given.isNone {
            protocolText = Array(try given.utf8(py))
        }
        let given = try event.item(names.headers, py)
        let headers = if let given { try context.headers.prepared(given, py) } else { py.none.owned(py) }
        if given != nil { _ = try context.bootstrap.call("check_accept_headers", headers, py) }
        // Not before: what was prepared may have run code of the application's.
        let before = table.answers.batch.text.count
        do throws(PyError) {
            var headLength = 0
            if given != nil {
                headLength = try context.headers.write(headers, to: &table.answers.batch.text, py).length
            }
            guard try judged(py, { () throws(ASGIError) in try socket.accept() }) == .forward else {
                throw disconnectedError(py)
            }
            protocolText.withUnsafeBufferPointer { bytes in
                if let start = bytes.baseAddress { table.answers.batch.text.append(start, count: bytes.count) }
            }
            table.answers.accept(slot: slot, headLength: headLength, protocolLength: protocolText.count)
        } catch {
            table.answers.batch.text.shrink(to: before)
            throw error
        }
        wakeReceivers(py)
    }

    private func sendMessage(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        guard try judged(py, { () throws(ASGIError) in try socket.send() }) == .forward else {
            throw disconnectedError(py)
        }
        let text = try message.value(context.names.text, py).flatMap { $0.isNone ? nil : $0 }
        let hasAll = text != nil && message.count(py) == 2
        let bytes = hasAll ? nil : try message.value(context.names.bytes, py).flatMap { $0.isNone ? nil : $0 }
        switch (text, bytes) {
        case (let text?, nil): writeMessage(try text.utf8(py), isText: true)
        case (nil, let value?):
            try message.withBytes(of: value, named: context.names.bytes, py) { bytes, _ throws(PyError) in
                writeMessage(bytes, isText: false)
            }
        case (nil, nil): throw PyError.raise(.value, "'websocket.send' needs 'text' or 'bytes'", py)
        case (.some, .some): throw PyError.raise(.value, "'websocket.send' takes 'text' or 'bytes', not both", py)
        }
    }

    private func writeMessage(_ bytes: UnsafeRawBufferPointer, isText: Bool) {
        table.answers.message(slot: slot, bytes, isText: isText)
        window.sent(max(WebSocketExchange.leastCost, bytes.count))
    }

    private func close(
        _ message: MessageReader, _ event: PyRef, _ py: borrowing Python
    ) throws(PyError) {
        let names = context.names
        let code = try message.optionalInteger(names.code, py) ?? 1000
        var reason = ""
        if let given = try event.item(names.reason, py), !given.isNone { reason = try given.string(py) }
        guard reason.utf8.count <= 123 else {
            throw PyError.raise(.value, "'reason' of 'websocket.close' must not exceed 123 bytes", py)
        }
        let verdict = try judged(py) { () throws(ASGIError) in try socket.close(code: code) }
        if verdict == .disconnected { throw disconnectedError(py) }
        closing = (verdict == .refuse ? 1006 : code, verdict == .refuse ? "" : reason)
        var text = reason
        text.withUTF8 { bytes in
            table.answers.close(slot: slot, code: code, reason: UnsafeRawBufferPointer(bytes))
        }
        wakeAll(py)
    }

    // MARK: - Denial

    private func startDenial(
        _ message: MessageReader, _ event: PyRef, _ py: borrowing Python
    ) throws(PyError) {
        var judgedCopy = socket
        let verdict = try judged(py) { () throws(ASGIError) in try judgedCopy.deny() }
        if verdict == .disconnected { throw disconnectedError(py) }
        try sendStart(message, event, py)
        socket = judgedCopy
    }

    private func denied(_ py: borrowing Python) {
        socket.denied()
        closing = (1006, "")
        wakeAll(py)
    }
}
