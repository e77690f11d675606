import Mailbox

/// A request as a test writes it.
package struct Request {
    package var method = "GET"
    package var target = "/"
    package var mount = ""
    package var client: (host: String, port: UInt32?) = ("", nil)
    package var server: (host: String, port: UInt32?) = ("", nil)
    /// A description in JSON; `""` for a connection without TLS.
    package var tls = ""
    /// Names and values, one byte a character.
    package var headers: [(String, String)] = []
    /// What of the head is no part of the text.
    package var apart = Apart.nothing
    package var body: [UInt8] = []
    /// `Command.Flag` bits: without `end` the body goes on.
    package var flags = Command.Flag.end

    /// What comes as a block instead.
    package enum Apart: CaseIterable {
        case nothing, headers, head
    }

    package init(_ method: String = "GET", _ target: String = "/", headers: [(String, String)] = []) {
        self.method = method
        self.target = target
        self.headers = headers
    }

    /// A request with a whole body.
    package init(_ method: String = "POST", _ target: String = "/", body: [UInt8]) {
        self.init(method, target)
        self.body = body
    }

    /// A request whose body comes later.
    package static func open(_ method: String = "POST", _ target: String = "/", body: [UInt8] = []) -> Request {
        var request = Request(method, target, body: body)
        request.flags = 0
        return request
    }

    /// The same request with more flags.
    package func with(_ flags: UInt32) -> Request {
        var request = self
        request.flags |= flags
        return request
    }

    /// Writes the command that hands the request over.
    package func write(to batch: inout Batch, slot: UInt32, application: Int) {
        let head = Request.octets([method, target, mount, client.host, server.host, tls])
        let list = Request.octets(headers.flatMap { [$0.0, $0.1] })
        // As the core: what is long is no block.
        let apart = head.count + list.count < Batch.blockSize ? apart : .nothing
        let flags = apart == .head ? flags | Command.Flag.headApart : flags
        batch.words.append(Command.request.rawValue | flags << 8)
        batch.words.append(slot)
        batch.words.append(UInt32(application))
        batch.words.append(UInt32(headers.count))
        batch.words.append(client.port ?? Command.noPort)
        batch.words.append(server.port ?? Command.noPort)
        batch.words.append(UInt32(body.count))
        let block =
            switch apart {
            case .nothing: [UInt8]()
            case .headers: list
            case .head: head + list
            }
        batch.words.append(UInt32(block.count))
        if apart != .head { batch.text.append(head, count: head.count) }
        if apart == .nothing { batch.text.append(list, count: list.count) }
        block.withUnsafeBytes { batch.append(small: $0) }
        body.withUnsafeBytes { _ = batch.append(body: $0) }
    }

    /// One octet for each character, and a NUL behind each text.
    private static func octets(_ texts: [String]) -> [UInt8] {
        texts.flatMap { $0.unicodeScalars.map { UInt8($0.value) } + [0] }
    }
}
