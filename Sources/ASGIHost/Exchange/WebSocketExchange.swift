import ASGI
import Mailbox
import PythonAPI

/// One WebSocket (ASGI, "WebSocket"): messages in both directions, without frames.
final class WebSocketExchange: ExchangeState, RespondingExchange {
    /// The kind and cost of a message, which is a `str` or `bytes`.
    private struct Message {
        let isText: Bool
        /// The message's cost in bytes, as the client computes it.
        let count: Int
    }

    /// The smallest cost of a message, so that a flood of empty messages is bounded, too. The client credits with the
    /// same minimum.
    static let minCost = 64

    /// The response that denies a handshake.
    var cycle = HTTPCycle()
    private var socket = WebSocketCycle()
    /// The client's messages that the application has not received.
    private var messages = InputQueue<Message>()
    private var isConnectDelivered = false
    /// The code and reason of the close; `nil` while the connection is open.
    private var closing: (code: Int, reason: String)?

    var isOver: Bool { socket.isOver }

    var isDisconnected: Bool { socket.isDisconnected }

    var refusalCode: String { "ERR_ASGI_INTERNAL" }

    func fail() -> Bool { socket.fail() }

    // MARK: - From the client

    /// Accepts a message. Text is UTF-8, which the channel's client has validated.
    func receive(_ input: ExchangeInput, _ py: borrowing Python) {
        guard case .message(let bytes, let isText) = input else { return input.drop() }
        if socket.isOver || socket.isDenying { return }
        do throws(PyError) {
            let object = unsafe isText ? try PyOwned.string(utf8: bytes, py) : try PyOwned.bytes(bytes, py)
            messages.append(object, Message(isText: isText, count: bytes.count))
        } catch {
            PyError.writeUnraisable(py)
            return unsafe disconnect(code: 1006, reason: UnsafeRawBufferPointer(start: nil, count: 0), py)
        }
        wakeReceivers(py)
    }

    func disconnect(code: Int, reason: UnsafeRawBufferPointer, _ py: borrowing Python) {
        if socket.disconnect() {
            cycle.disconnect()
            closing = unsafe (code, String(decoding: reason, as: UTF8.self))
        }
        // The application may still receive the messages sent before the disconnect.
        wakeAll(py)
    }

    func dropInput(_ py: borrowing Python) {
        messages.clear(py)
    }

    // MARK: - receive()

    func nextEvent(_ py: borrowing Python) throws(PyError) -> PyOwned? {
        if !isConnectDelivered {
            isConnectDelivered = true
            let event = try PyOwned.dict(py)
            try event.set(context.names.type, context.names.webSocketConnect, py)
            return event
        }
        // There is no message before the handshake is answered, and none after the application has closed.
        if socket.isAccepted, !messages.isEmpty, !(socket.isOver && !socket.isDisconnected) {
            return try nextMessage(py)
        }
        guard let closing else { return nil }
        hasReportedEnd = true
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
            table.answers.credit(slot: slot, message.count)
            context.answersWritten(py)
        }
        return event
    }

    // MARK: - The application's end

    func returned(_ py: borrowing Python) {
        switch socket.finish() {
        case .complete: break
        case .withoutAnswer: failUnanswered(py)
        case .withoutCompletion: failIncomplete(py)
        case .open:
            unsafe table.answers.close(slot: slot, code: 1000, reason: UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    // MARK: - send()

    func send(_ event: PyRef, _ py: borrowing Python) throws(PyError) {
        let message = MessageReader(event, py)
        let type = try unsafe message.type(context.names.type, py)
        if unsafe type.elementsEqual("websocket.send") {
            try sendMessage(message, py)
        } else if unsafe type.elementsEqual("websocket.accept") {
            try accept(message, py)
        } else if unsafe type.elementsEqual("websocket.close") {
            try close(message, py)
        } else if unsafe type.elementsEqual("websocket.http.response.start") {
            try sendStart(message, py)
        } else if unsafe type.elementsEqual("websocket.http.response.body"), socket.isDenying {
            try sendBody(message, py)
            if cycle.isOver { denied(py) }
        } else {
            let name = unsafe String(decoding: type, as: UTF8.self)
            let expected =
                socket.isAccepted
                ? "'websocket.send' or 'websocket.close'"
                : "'websocket.accept', 'websocket.close' or 'websocket.http.response.start'"
            throw PyError.raise(.runtime, "Expected ASGI message \(expected), but got '\(name)'.", py)
        }
    }

    private func accept(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let subprotocol = try message.value(names.subprotocol, py)
        let given = try message.value(names.headers, py)
        var protocolText: [UInt8] = []
        if let subprotocol, !subprotocol.isNone { protocolText = unsafe Array(try subprotocol.utf8(py)) }
        let headers = if let given { try context.headers.prepared(given, py) } else { py.none.owned(py) }
        // No code of the application runs from here on.
        do throws(HeaderProblem) {
            _ = try context.headers.read(headers, into: &table.responseHeads, py)
        } catch {
            throw try context.headers.raise(error, of: headers, py)
        }
        let verdict = try checked(py) { () throws(ASGIError) in
            if table.responseHeads.has("sec-websocket-protocol") {
                let text = "'headers' of 'websocket.accept' must not have sec-websocket-protocol: use 'subprotocol'"
                throw ASGIError(.value, text)
            }
            return try socket.accept()
        }
        guard verdict == .forward else { throw disconnectedError(py) }
        unsafe protocolText.withUnsafeBytes { bytes in
            unsafe table.answers.accept(slot: slot, subprotocol: bytes, &table.responseHeads)
        }
        wakeReceivers(py)
    }

    private func sendMessage(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        if message.count(py) == 2 {
            if let text = try message.borrowedValue(names.text, py), text.isExactly(names.strType, py) {
                return try unsafe validateMessage(try text.utf8(py), isText: true, py)
            }
            if let bytes = try message.borrowedValue(names.bytes, py), bytes.isExactly(names.bytesType, py) {
                return try unsafe validateMessage(try bytes.bytes(py), isText: false, py)
            }
        }
        try sendUnusualMessage(message, py)
    }

    /// Sends a message whose values may run code.
    private func sendUnusualMessage(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let text = try given(names.text, in: message, py)
        let bytes = try given(names.bytes, in: message, py)
        if let text {
            guard !bytes.isPresent else {
                throw PyError.raise(.value, "'websocket.send' takes 'text' or 'bytes', not both", py)
            }
            try unsafe validateMessage(try text.utf8(py), isText: true, py)
            _ = consume text
        } else if let bytes {
            let octets = try message.octets(bytes, named: names.bytes, names, py)
            try unsafe validateMessage(try octets.bytes(py), isText: false, py)
            _ = consume octets
        } else {
            throw PyError.raise(.value, "'websocket.send' needs 'text' or 'bytes'", py)
        }
    }

    /// An optional value; `nil` if it is missing or None.
    private func given(
        _ key: PyKept, in message: MessageReader, _ py: borrowing Python
    ) throws(PyError) -> PyOwned? {
        guard let value = try message.value(key, py), !value.isNone else { return nil }
        return value
    }

    /// Validates a message and writes it, without running code of the application.
    private func validateMessage(
        _ bytes: UnsafeRawBufferPointer, isText: Bool, _ py: borrowing Python
    ) throws(PyError) {
        guard try checked(py, { () throws(ASGIError) in try socket.send() }) == .forward else {
            throw disconnectedError(py)
        }
        unsafe writeMessage(bytes, isText: isText)
    }

    private func writeMessage(_ bytes: UnsafeRawBufferPointer, isText: Bool) {
        unsafe table.answers.message(slot: slot, bytes, isText: isText)
        window.sent(max(WebSocketExchange.minCost, bytes.count))
    }

    private func close(_ message: MessageReader, _ py: borrowing Python) throws(PyError) {
        let names = context.names
        let code = try message.optionalInteger(names.code, py) ?? 1000
        var reason = ""
        if let given = try given(names.reason, in: message, py) { reason = try given.string(py) }
        guard reason.utf8.count <= 123 else {
            throw PyError.raise(.value, "'reason' of 'websocket.close' must not exceed 123 bytes", py)
        }
        let verdict = try checked(py) { () throws(ASGIError) in try socket.close(code: code) }
        if verdict == .disconnected { throw disconnectedError(py) }
        closing = (verdict == .refuse ? 1006 : code, verdict == .refuse ? "" : reason)
        var text = reason
        text.withUTF8 { bytes in
            unsafe table.answers.close(slot: slot, code: code, reason: UnsafeRawBufferPointer(bytes))
        }
        wakeAll(py)
    }

    // MARK: - Denial

    func begin(status: Int, contentLength: Int?, trailers: Bool) throws(ASGIError) -> HTTPCycle.Verdict {
        var denying = socket
        if try denying.deny() == .disconnected { return .disconnected }
        let verdict = try cycle.start(status: status, contentLength: contentLength, trailers: trailers)
        if verdict == .forward { socket = denying }
        return verdict
    }

    private func denied(_ py: borrowing Python) {
        socket.denied()
        closing = (1006, "")
        wakeAll(py)
    }

    // MARK: - The application's functions

    static let receiveFunction = unsafe PyFunction.noArguments("receive") { capsule, _ in
        unsafe PyRef(capsule!).withUnretainedObject(as: WebSocketExchange.self) { exchange in
            unsafe Python.enter { py throws(PyError) in try exchange.awaitableOfReceive(py) }
        }
    }

    static let sendFunction = unsafe PyFunction.oneArgument("send") { capsule, event in
        unsafe PyRef(capsule!).withUnretainedObject(as: WebSocketExchange.self) { exchange in
            unsafe Python.enter { py throws(PyError) in try unsafe exchange.awaitableOfSend(PyRef(event!), py) }
        }
    }
}
