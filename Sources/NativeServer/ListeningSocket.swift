import NIOCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A listening socket, for a server or for passing it to other processes. It is not closed automatically, and programs
/// that the process starts do not inherit it.
public struct ListeningSocket: Sendable {
    /// The socket's descriptor.
    public let descriptor: Int32
    /// Its numeric address and port, or the path of a Unix socket and 0.
    public let address: (host: String, port: Int)

    /// Opens a socket. Blocks meanwhile.
    ///
    /// - Parameters:
    ///   - place: where to listen; a given descriptor is duplicated.
    ///   - backlog: how many connections may wait to be accepted; 0 only binds the address without listening.
    ///   - reusesPort: whether other sockets may have the same address (`SO_REUSEPORT`); each then gets a part of the
    ///     connections.
    /// - Throws: `ServerError` with the system's error.
    public init(_ place: ServerOptions.Place, backlog: Int, reusesPort: Bool) throws(ServerError) {
        let address: SocketAddress
        do {
            switch place {
            case .descriptor(let given):
                let descriptor = Descriptor.duplicate(given)
                if descriptor < 0 { throw ServerError(number: errno, call: "listen") }
                try self.init(descriptor, backlog: backlog)
                return
            case .path(let path): address = try SocketAddress(unixDomainSocketPath: path)
            case .address(let host, let port): address = try SocketAddress(ipAddress: host, port: port)
            }
        } catch let error as ServerError {
            throw error
        } catch {
            throw ServerError(error)
        }
        let descriptor = try Descriptor.socket(address.protocol.rawValue)
        do throws(ServerError) {
            try Descriptor.set(SO_REUSEADDR, of: descriptor)
            if reusesPort { try Descriptor.set(SO_REUSEPORT, of: descriptor) }
            // Like Node: `::` means the addresses of both families.
            if address.protocol == .inet6 {
                try Descriptor.set(IPV6_V6ONLY, of: descriptor, level: Int32(IPPROTO_IPV6), to: 0)
            }
            if unsafe address.withSockAddr({ unsafe bind(descriptor, $0, socklen_t($1)) }) != 0 {
                throw ServerError(number: errno, call: "listen")
            }
        } catch {
            Descriptor.close(descriptor)
            throw error
        }
        try self.init(descriptor, backlog: backlog)
    }

    /// Takes over a descriptor, which is closed on failure.
    private init(_ descriptor: Int32, backlog: Int) throws(ServerError) {
        do throws(ServerError) {
            if backlog > 0 { try ListeningSocket.listen(descriptor, backlog: backlog) }
        } catch {
            Descriptor.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        let address = Descriptor.address(of: descriptor)
        self.address = (address?.ipAddress ?? address?.pathname ?? "", address?.port ?? 0)
    }

    /// Makes a socket listen, or changes the backlog of a listening one.
    static func listen(_ descriptor: Int32, backlog: Int) throws(ServerError) {
        #if canImport(Darwin)
            let status = Darwin.listen(descriptor, Int32(clamping: backlog))
        #else
            let status = Glibc.listen(descriptor, Int32(clamping: backlog))
        #endif
        if status != 0 { throw ServerError(number: errno, call: "listen") }
    }
}

extension Descriptor {
    /// Makes a stream socket that started programs do not inherit.
    fileprivate static func socket(_ family: Int32) throws(ServerError) -> Int32 {
        #if canImport(Darwin)
            let descriptor = Darwin.socket(family, SOCK_STREAM, 0)
            if descriptor >= 0 { keep(descriptor) }
        #else
            let descriptor = Glibc.socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #endif
        if descriptor < 0 { throw ServerError(number: errno, call: "listen") }
        return descriptor
    }

    /// Sets an option of a socket.
    fileprivate static func set(
        _ option: Int32, of descriptor: Int32, level: Int32 = SOL_SOCKET, to value: Int32 = 1
    ) throws(ServerError) {
        var value = value
        if unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) != 0 {
            throw ServerError(number: errno, call: "listen")
        }
    }

    /// The local address of a socket; `nil` if it has none.
    fileprivate static func address(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        // The system writes at most the given size, which fits every family's structure.
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var size = socklen_t(bytes.count)
            guard unsafe getsockname(descriptor, base.assumingMemoryBound(to: sockaddr.self), &size) == 0 else {
                return nil
            }
            switch unsafe Int32(base.load(as: sockaddr.self).sa_family) {
            case AF_INET: return unsafe SocketAddress(base.load(as: sockaddr_in.self))
            case AF_INET6: return unsafe SocketAddress(base.load(as: sockaddr_in6.self))
            case AF_UNIX: return unsafe SocketAddress(base.load(as: sockaddr_un.self))
            default: return nil
            }
        }
    }
}
