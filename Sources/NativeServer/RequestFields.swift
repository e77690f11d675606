import HTTP1
import Mailbox
import NIOCore

/// An address as a scope has it: its digits, or a path, and a port.
struct Address {
    let host: [UInt8]
    let port: UInt32

    init(_ address: SocketAddress?) {
        host = Array((address?.ipAddress ?? address?.pathname ?? "").utf8)
        port = address?.port.map { UInt32($0) } ?? Command.noPort
    }

    init(host: [UInt8], port: UInt32) { (self.host, self.port) = (host, port) }

    /// Whether the host is an address of IPv6.
    var isIPv6: Bool { Forwarded.isIPv6(host) }
}

/// Writes the head of a request as the host's records have it.
enum RequestFields {
    /// - Parameters:
    ///   - head: as it was read.
    ///   - writer: the channel's.
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

    /// Of a whole URL the application sees path and query; its authority is what counts as Host (RFC 9112, 3.2.2).
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
