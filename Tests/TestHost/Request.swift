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
    package var body: [UInt8] = []
    /// `Command.Flag` bits: without `end` the body goes on.
    package var flags = Command.Flag.end

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
        batch.words.append(Command.request.rawValue | flags << 8)
        batch.words.append(slot)
        batch.words.append(UInt32(application))
        batch.words.append(UInt32(headers.count))
        batch.words.append(client.port ?? Command.noPort)
        batch.words.append(server.port ?? Command.noPort)
        batch.words.append(UInt32(body.count))
        for text in [method, target, mount, client.host, server.host, tls] + headers.flatMap({ [$0.0, $0.1] }) {
            for scalar in text.unicodeScalars { batch.text.append(UInt8(scalar.value)) }
            batch.text.append(0)
        }
        body.withUnsafeBytes { _ = batch.append(body: $0) }
    }
}
