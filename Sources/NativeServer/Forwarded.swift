import HTTP1
import Mailbox

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Reads `X-Forwarded-For` and `X-Forwarded-Proto` from trusted proxies, like js/http/forwarded.js.
public struct Forwarded: Sendable {
    /// An IPv6 address in two halves; IPv4 addresses are mapped.
    private struct Digits: Equatable {
        var upper: UInt64 = 0
        var lower: UInt64 = 0
    }

    private struct Network {
        let digits: Digits
        let mask: Digits
    }

    private var networks: [Network] = []
    private var trustsAll = false
    private var trustsUnix = false

    /// Trusts the proxies in a list.
    ///
    /// - Parameter list: addresses, networks such as `10.0.0.0/8`, `*` for all, `unix:` for Unix sockets. Other items
    ///   are ignored.
    public init(_ list: [String] = []) {
        for item in list {
            switch item {
            case "*": (trustsAll, trustsUnix) = (true, true)
            case "unix:": trustsUnix = true
            default: add(item)
            }
        }
    }

    private mutating func add(_ item: String) {
        let parts = item.utf8.split(separator: UInt8(ascii: "/"))
        guard let first = parts.first, let digits = Self.digits(first) else { return }
        let isFirstVersion = !first.contains(UInt8(ascii: ":"))
        let bits = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) ?? 128 : 128
        let prefix = min(128, isFirstVersion && parts.count > 1 ? bits + 96 : bits)
        let mask = Digits(
            upper: prefix >= 64 ? .max : ~(UInt64.max >> UInt64(prefix)),
            lower: prefix <= 64 ? 0 : ~(UInt64.max >> UInt64(prefix - 64)))
        networks.append(
            Network(digits: Digits(upper: digits.upper & mask.upper, lower: digits.lower & mask.lower), mask: mask))
    }

    /// Whether the peer of a connection is trusted.
    func trusts(_ peer: Address) -> Bool { peer.port == Command.noPort ? trustsUnix : trusts(peer.host[...]) }

    private func trusts(_ text: ArraySlice<UInt8>) -> Bool {
        if trustsAll { return true }
        guard !networks.isEmpty, let digits = Self.digits(text) else { return false }
        return networks.contains { network in
            digits.upper & network.mask.upper == network.digits.upper
                && digits.lower & network.mask.lower == network.digits.lower
        }
    }

    /// Reads the headers that a trusted proxy has added.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - sender: receives the client's address and scheme, if given.
    @inline(__always)
    func read(_ head: RequestHead, into sender: inout Sender) {
        var addresses: [UInt8]?
        for index in 0..<head.fieldCount {
            let field = head.field(index)
            if head.isNamed("x-forwarded-for", field) {
                addresses = unsafe (addresses.map { $0 + [UInt8(ascii: ",")] } ?? []) + head[field.value]
            } else if head.isNamed("x-forwarded-proto", field) {
                // The last one counts.
                sender.isSecure = unsafe Self.isSecure(head[field.value])
            }
        }
        if let addresses, let client = client(among: addresses) { sender.address = client }
    }

    /// The client's address: every proxy appends the address of its client, so it is the last one that is not a trusted
    /// proxy; if all are, it is the first.
    private func client(among addresses: [UInt8]) -> Address? {
        let items = addresses.split(separator: UInt8(ascii: ",")).map(Self.trimmed).filter { !$0.isEmpty }
        for (index, item) in items.enumerated().reversed() {
            let (host, port) = Self.address(of: item)
            if index == 0 || !trusts(host) { return Address(host: Array(host), port: port) }
        }
        return nil
    }

    /// Splits `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` and `[::1]:80`. Other texts are kept, with port 0.
    private static func address(of text: ArraySlice<UInt8>) -> (host: ArraySlice<UInt8>, port: UInt32) {
        let colon = UInt8(ascii: ":")
        if text.first == UInt8(ascii: "["), let end = text.firstIndex(of: UInt8(ascii: "]")) {
            let (host, rest) = (text[(text.startIndex + 1)..<end], text[(end + 1)...])
            if rest.isEmpty { return (host, 0) }
            if rest.first == colon, let port = port(rest.dropFirst()) { return (host, port) }
        } else if let end = text.firstIndex(of: colon), let port = port(text[(end + 1)...]) {
            return (text[..<end], port)
        }
        return (text, 0)
    }

    /// The number; 0 if it is not a valid port, `nil` if these are not digits.
    private static func port(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard !digits.isEmpty else { return nil }
        var number: UInt32 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            number = min(number, 65_536) * 10 + UInt32(digit - 0x30)
        }
        return number <= 65_535 ? number : 0
    }

    private static func isSecure(_ value: UnsafeRawBufferPointer) -> Bool? {
        let scheme = unsafe trimmed(Array(value)[...]).map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
        if scheme.elementsEqual("https".utf8) || scheme.elementsEqual("wss".utf8) { return true }
        return scheme.elementsEqual("http".utf8) || scheme.elementsEqual("ws".utf8) ? false : nil
    }

    /// The text without blanks at both ends.
    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (octet: UInt8) in octet == 0x20 || (0x09...0x0d).contains(octet) || octet == 0xa0 }
        guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return text[first...last]
    }

    /// Whether a text is an IPv6 address, optionally with a zone; the same as Node's `net.isIPv6`.
    static func isIPv6(_ text: [UInt8]) -> Bool {
        let address = text.prefix { $0 != UInt8(ascii: "%") }
        guard address.contains(UInt8(ascii: ":")), digits(address) != nil else { return false }
        if address.count == text.count { return true }
        let zone = text[(address.count + 1)...]
        return !zone.isEmpty && zone.allSatisfy(isOfZone)
    }

    private static func isOfZone(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }

    /// Parses an address; `nil` if it is invalid.
    private static func digits(_ text: some Collection<UInt8>) -> Digits? {
        // The zone of a link-local address is ignored.
        let text = text.prefix { $0 != UInt8(ascii: "%") }
        guard text.count <= 45, !text.contains(0) else { return nil }
        var terminated = text.map { CChar(bitPattern: $0) }
        terminated.append(0)
        guard text.contains(UInt8(ascii: ":")) else {
            var address = in_addr()
            guard unsafe inet_pton(AF_INET, terminated, &address) == 1 else { return nil }
            return Digits(lower: 0xffff_0000_0000 | UInt64(UInt32(bigEndian: address.s_addr)))
        }
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, terminated, &address) == 1 else { return nil }
        return unsafe withUnsafeBytes(of: &address) { octets in
            unsafe Digits(
                upper: UInt64(bigEndian: octets.loadUnaligned(as: UInt64.self)),
                lower: UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}

/// The origin of a request, as the application sees it.
struct Sender {
    /// The client's address.
    var address: Address
    /// Whether the client has used TLS; `nil` if no proxy says so.
    var isSecure: Bool?
}
