import Mailbox
import TestHost

/// The scope that an application must report for a request, computed independently of the host.
enum ScopeOctets {
    /// Whether the request is valid; otherwise it is refused.
    static func isPossible(_ request: Request) -> Bool { refusal(request) == nil }

    /// The code of a request's refusal; `nil` for a valid one.
    static func refusal(_ request: Request) -> String? {
        let isName = request.headers.allSatisfy { name, _ in
            !name.isEmpty && name.unicodeScalars.allSatisfy { tokens.contains($0) }
        }
        if !isName { return "ERR_ASGI_INVALID_HEADER_NAME" }
        let fields = [
            request.method, request.target, request.rootPath, request.client.host, request.server.host, request.tls,
        ]
        let isAllowed = (fields + request.headers.map(\.1)).allSatisfy { text in
            text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f || $0.value == 9 }
        }
        return isAllowed && !request.target.isEmpty ? nil : "ERR_ASGI_INVALID_HEADER_VALUE"
    }

    private static let tokens = Set(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".unicodeScalars)

    /// Parts with their lengths before them, as answers_in_octets.py writes them.
    static func octets(_ parts: [[UInt8]]) -> [UInt8] {
        parts.reduce(into: []) { octets, part in
            withUnsafeBytes(of: UInt32(part.count).bigEndian) { octets += $0 }
            octets += part
        }
    }

    /// The parts of such octets; `nil` if they are invalid.
    static func parts(_ octets: [UInt8]) -> [[UInt8]]? {
        var parts: [[UInt8]] = []
        var rest = octets[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= length else { return nil }
            parts.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return parts
    }

    /// The bytes of text with one character per byte.
    static func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

    /// The target's path with the root paths before it.
    static func rawPath(_ request: Request, rootPath: String) -> [UInt8] {
        let target = latin1(request.target)
        let path = Array(target.prefix { $0 != UInt8(ascii: "?") })
        let root = Array(rootPath.utf8) + latin1(request.rootPath)
        if root.isEmpty || path == root || path.starts(with: root + [UInt8(ascii: "/")]) { return path }
        return root + path
    }

    static func expected(_ request: Request, rootPath: String) -> [UInt8] {
        let isSocket = request.flags.contains(.webSocket)
        let path = rawPath(request, rootPath: rootPath)
        let query = latin1(request.target).drop { $0 != UInt8(ascii: "?") }.dropFirst()
        let root = rootPath.isEmpty && request.rootPath.isEmpty ? [] : Array(rootPath.utf8) + latin1(request.rootPath)
        let offered = isSocket ? subprotocols(request) : []
        // A WebSocket's scope has subprotocols and no method.
        var parts = [text(isSocket ? "websocket" : "http"), text(httpVersion(request.flags))]
        parts += [isSocket ? [] : text(request.method.uppercased()), text(scheme(request.flags, isSocket: isSocket))]
        parts += [decoded(path), path, Array(query), decoded(root), address(request.client), address(request.server)]
        parts += [text(extensions(request).joined(separator: ",")), text(tlsName(request.tls))]
        parts += [text(offered.joined(separator: ",")), text("3.0"), text("13")]
        for (name, value) in request.headers { parts += [text(name.lowercased()), latin1(value)] }
        return octets(parts)
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func httpVersion(_ flags: Command.Flags) -> String {
        if flags.contains(.http2) { return "2" }
        return flags.contains(.http10) ? "1.0" : "1.1"
    }

    private static func scheme(_ flags: Command.Flags, isSocket: Bool) -> String {
        (isSocket ? "ws" : "http") + (flags.contains(.secure) ? "s" : "")
    }

    /// Decodes percent-escapes as UTF-8, with U+FFFD for invalid parts.
    private static func decoded(_ path: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = path[...]
        while let first = rest.first {
            let digits = rest.dropFirst().prefix(2)
            let isEscape = first == UInt8(ascii: "%") && digits.count == 2
            if isEscape, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(first)
                rest = rest.dropFirst()
            }
        }
        return Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    private static func address(_ address: (host: String, port: UInt32?)) -> [UInt8] {
        let host = latin1(address.host)
        guard !host.isEmpty else { return [] }
        return Array("\(String(decoding: host, as: UTF8.self)) \(address.port.map { "\($0)" } ?? "None")".utf8)
    }

    private static func extensions(_ request: Request) -> [String] {
        let known = [
            (Command.Flags.webSocket, "websocket.http.response"), (.trailers, "http.response.trailers"),
            (.earlyHints, "http.response.early_hint"), (.pathSend, "http.response.pathsend"),
            (.zeroCopySend, "http.response.zerocopysend"),
        ]
        let names = known.filter { request.flags.contains($0.0) }.map { $0.1 }
        return (names + (request.tls.isEmpty ? [] : ["tls"])).sorted()
    }

    private static func tlsName(_ tls: String) -> String {
        switch tls {
        case "": ""
        case "{\"name\": \"\\u00e9\\\"\"}": "é\""
        default: String(tls.dropFirst("{\"name\": \"".count).dropLast(2))
        }
    }

    /// The subprotocols that a client offers in all headers: separated by commas, without Python's white space.
    static func subprotocols(_ request: Request) -> [String] {
        let values = request.headers.filter { $0.0.lowercased() == "sec-websocket-protocol" }.map { latin1($0.1) }
        return values.flatMap { $0.split(separator: UInt8(ascii: ",")) }.map { Response.latin1(trimmed($0)) }
            .filter { !$0.isEmpty }
    }

    private static func trimmed(_ part: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var part = part
        while let first = part.first, spaces.contains(first) { part.removeFirst() }
        while let last = part.last, spaces.contains(last) { part.removeLast() }
        return part
    }

    private static let spaces: [UInt8] = [0x09, 0x20, 0x85, 0xa0]
}
