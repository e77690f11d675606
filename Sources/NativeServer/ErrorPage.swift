import HTTP1
import Mailbox

/// A page that shows a client why its request has failed. JavaScript makes it, see `PageRequest`.
public struct ErrorPage: Sendable {
    let headers: [(name: [UInt8], value: [UInt8])]
    let body: [UInt8]

    /// A page.
    ///
    /// - Parameters:
    ///   - headers: without Content-Length; names in lower case.
    ///   - body: in the encoding that the headers declare.
    public init(headers: [(name: [UInt8], value: [UInt8])], body: [UInt8]) {
        (self.headers, self.body) = (headers, body)
    }
}

/// A failed request whose client waits for an error page.
///
/// It owns one of the places of its I/O thread for such requests, until `give` is called.
public struct PageRequest: Sendable {
    /// The failure in the format of `Answer.fail`, then the request in the format of `OctetBuffer.describe`, separated by
    /// a NUL.
    public let description: [UInt8]
    private let thread: IOThread
    private let number: Int

    fileprivate init(_ description: [UInt8], _ number: Int, _ thread: IOThread) {
        (self.description, self.number, self.thread) = (description, number, thread)
    }

    /// Sends the page, unless the client has disconnected. To be called once, on any thread.
    ///
    /// - Parameter page: `nil` if it could not be made: the client gets a plain error response.
    public func give(_ page: ErrorPage?) {
        let number = number
        thread.perform { $0.pages.take(number)?.show(page) }
    }
}

/// The connections of one I/O thread that wait for an error page.
struct PendingPages {
    /// While this many wait, further clients get a plain error response: JavaScript may be blocked.
    private static let most = 64
    /// `nil` for a connection that waits no more. The request for its page is still on its way.
    private var connections: [Int: Connection?] = [:]
    private var last = 0

    /// Adds a connection.
    ///
    /// - Returns: the number of its page; `nil` if too many wait.
    mutating func add(_ connection: Connection) -> Int? {
        guard connections.count < PendingPages.most else { return nil }
        last += 1
        connections.updateValue(connection, forKey: last)
        return last
    }

    /// The connection waits no more.
    mutating func leave(_ number: Int) { connections.updateValue(nil, forKey: number) }

    /// Removes a page.
    ///
    /// - Returns: the connection that waits for it, if it still does.
    mutating func take(_ number: Int) -> Connection? { connections.removeValue(forKey: number) ?? nil }
}

/// What a connection keeps for an error page.
struct PageState: ~Copyable {
    /// The current request, in the format of `OctetBuffer.describe`.
    var request = OctetBuffer()
    /// The number of the page that the client waits for.
    var number: Int?
    /// Where the output has a complete response that the page replaces if the application still raises an exception.
    var replaceable: Int?
}

extension Connection {
    /// Whether the client gets an answer from the application or an error page.
    var isAwaited: Bool { slot != nil || page.number != nil }

    /// Reports a failure for which there is no response yet, and answers it: with an error page if clients see errors.
    func answer(failure: [UInt8]) {
        guard thread.server.options.exposesErrors, let number = thread.pages.add(self) else {
            thread.server.tell(.failed(failure))
            return answer(500, "Internal Server Error")
        }
        dropsBody = true
        page.number = number
        let description = unsafe failure + [0] + Array(page.request.octets)
        thread.server.tell(.needsErrorPage(PageRequest(description, number, thread)))
    }

    /// Answers with the page that the client has waited for.
    fileprivate func show(_ page: ErrorPage?) {
        self.page.number = nil
        guard let page else { return answer(500, "Internal Server Error") }
        unsafe page.body.withUnsafeBytes { body in
            unsafe answer(500, body) { () throws(ResponseError) in
                for (name, value) in page.headers {
                    try writer.field(name: name, value: value, into: &output)
                }
            }
        }
    }

    /// Waits for no error page any more.
    func leavePage() {
        if let number = page.number { thread.pages.leave(number) }
        page.number = nil
    }

    /// Whether a response is a framework's default for an unhandled exception, which it may raise again.
    func isReplaceable(_ record: AnswerRecord, _ head: ReceivedHead?, _ body: UnsafeRawBufferPointer) -> Bool {
        guard thread.server.options.exposesErrors, record.kind == .start, record.number == 500 else { return false }
        guard !record.view.answerFlags.contains(.finished), let head else { return false }
        guard unsafe body.isEmpty || body.elementsEqual("Internal Server Error".utf8) else { return false }
        return (0..<head.count).contains { index in
            unsafe head.name(index).elementsEqual("content-type".utf8)
                && head.value(index).prefix(10).map { $0 | 0x20 }.elementsEqual("text/plain".utf8)
        }
    }

    /// Removes a response from the output that the error page replaces.
    func retract() {
        guard let start = page.replaceable else { return }
        page.replaceable = nil
        output.truncate(to: start)
        line.bytes = 0
        hasStarted = false
    }

    /// No exception has followed: the response is complete.
    func settle() {
        page.replaceable = nil
        complete()
    }
}
