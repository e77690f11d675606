import HTTP1
import Mailbox
import NIOCore

/// An address in the form that scopes have: numeric, or a path, and a port.
struct Address {
    let host: [UInt8]
    let port: UInt32

    init(_ address: SocketAddress?) {
        host = Array((address?.ipAddress ?? address?.pathname ?? "").utf8)
        port = address?.port.map { UInt32($0) } ?? Command.noPort
    }

    init(host: [UInt8], port: UInt32) { (self.host, self.port) = (host, port) }

    /// Whether the host is an IPv6 address.
    var isIPv6: Bool { Forwarded.isIPv6(host) }
}

/// Writes a request's head in the format of records.
enum RequestFields {
    /// Adds the head to the record being written.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - here: the address that the client has connected to.
    ///   - writer: the channel's writer.
    @inline(__always)
    static func write(
        _ head: RequestHead, client: Address, here: Address, _ writer: inout RequestHeadWriter, to batch: inout Batch
    ) {
        unsafe client.host.withUnsafeBytes { client in
            unsafe here.host.withUnsafeBytes { here in
                writer.begin()
                unsafe writer.set(Command.Field.method, head[head.method])
                unsafe writer.set(Command.Field.clientHost, client)
                unsafe writer.set(Command.Field.serverHost, here)
                for index in 0..<head.fieldCount {
                    let field = head.field(index)
                    unsafe writer.add(name: head[field.name], value: head[field.value])
                }
                switch head.form {
                case .origin, .asterisk, .authority:
                    unsafe writer.set(Command.Field.target, head[head.target])
                    writer.write(to: &batch)
                case .absolute: writeAbsolute(head, &writer, to: &batch)
                }
            }
        }
    }

    /// For an absolute URL the application gets path and query; the URL's authority replaces Host (RFC 9112, 3.2.2).
    private static func writeAbsolute(_ head: RequestHead, _ writer: inout RequestHeadWriter, to batch: inout Batch) {
        var target = unsafe Array(head[head.path])
        if target.isEmpty { target = [UInt8(ascii: "/")] }
        if head.query.count > 0 { unsafe target += [UInt8(ascii: "?")] + Array(head[head.query]) }
        unsafe target.withUnsafeBytes { bytes in
            unsafe writer.set(Command.Field.target, bytes)
            for index in 0..<head.fieldCount where unsafe isHost(head[head.field(index).name]) {
                unsafe writer.replace(index, value: head[head.authority])
            }
            writer.write(to: &batch)
        }
    }

    private static func isHost(_ name: UnsafeRawBufferPointer) -> Bool {
        unsafe name.count == 4 && name.map { $0 | 0x20 }.elementsEqual("host".utf8)
    }
}
