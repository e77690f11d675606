import Mailbox

/// A request in a test.
package struct Request {
    package var method = "GET"
    package var target = "/"
    package var rootPath = ""
    package var client: (host: String, port: UInt32?) = ("", nil)
    package var server: (host: String, port: UInt32?) = ("", nil)
    /// The TLS description as JSON; `""` for a connection without TLS.
    package var tls = ""
    /// Names and values, one byte per character.
    package var headers: [(String, String)] = []
    package var body: [UInt8] = []
    /// Without `end` more of the body follows.
    package var flags: Command.Flags = .end

    package init(_ method: String = "GET", _ target: String = "/", headers: [(String, String)] = []) {
        self.method = method
        self.target = target
        self.headers = headers
    }

    /// A request with a complete body.
    package init(_ method: String = "POST", _ target: String = "/", body: [UInt8]) {
        self.init(method, target)
        self.body = body
    }

    /// A request whose body follows.
    package static func open(_ method: String = "POST", _ target: String = "/", body: [UInt8] = []) -> Request {
        var request = Request(method, target, body: body)
        request.flags = []
        return request
    }

    /// The same request with additional flags.
    package func with(_ flags: Command.Flags) -> Request {
        var request = self
        request.flags.formUnion(flags)
        return request
    }

    /// Writes the request's command.
    ///
    /// - Parameters:
    ///   - heads: the encoder of the channel.
    ///   - command: `withdrawn` for a withdrawn request.
    package func write(
        to batch: inout Batch, _ heads: inout RequestHeadWriter, slot: UInt32, application: Int,
        as command: Command = .request
    ) {
        let place = batch.begin(command, flags, slot: slot)
        batch.append(number: UInt32(application))
        batch.append(number: client.port ?? Command.noPort)
        batch.append(number: server.port ?? Command.noPort)
        batch.append(number: 0)
        if !flags.contains(.raw) { writeHead(to: &batch, &heads) }
        body.withUnsafeBytes { batch.finish(place, body: $0, lengthAt: Command.Request.bodyLength) }
    }

    private func writeHead(to batch: inout Batch, _ heads: inout RequestHeadWriter) {
        let fields = [method, target, rootPath, client.host, server.host, tls] + headers.flatMap { [$0.0, $0.1] }
        let octets = fields.map(Request.octets)
        let all = octets.flatMap { $0 }
        all.withUnsafeBytes { all in
            var position = 0
            let parts = octets.map { part in
                defer { position += part.count }
                return UnsafeRawBufferPointer(rebasing: all[position..<(position + part.count)])
            }
            heads.begin()
            for field in 0..<Command.Field.count { heads.set(field, parts[field]) }
            for name in stride(from: Command.Field.count, to: parts.count, by: 2) {
                heads.add(name: parts[name], value: parts[name + 1])
            }
            heads.write(to: &batch)
        }
    }

    /// One octet for each character.
    private static func octets(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }
}
