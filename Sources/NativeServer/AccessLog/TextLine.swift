import HTTP1

/// Lines for people, such as `INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK`.
extension OctetBuffer {
    /// Begins a line with the part about the request.
    mutating func appendText(of head: RequestHead, from client: Address, isColored: Bool) {
        paint("INFO", .green, isColored)
        append(":     ")
        if client.host.isEmpty {
            append("-")
        } else {
            let isBracketed = client.isIPv6
            if isBracketed { append("[") }
            unsafe client.host.withUnsafeBytes { unsafe append(latin1: $0) }
            append(isBracketed ? "]:" : ":")
            append(decimal: Int(client.port))
        }
        append(" - \"")
        begin(.bold, isColored)
        unsafe append(head[head.method])
        append(" ")
        unsafe append(latin1: head[head.target])
        append(head.minorVersion == 0 ? " HTTP/1.0" : " HTTP/1.1")
        end(isColored)
        append("\" ")
    }

    /// Ends the line with the part about the response.
    mutating func appendText(of outcome: Outcome, phrase: [UInt8], isColored: Bool) {
        let isGood = outcome.status < 400 && !outcome.isCut
        begin(isGood ? .green : outcome.status < 500 ? .yellow : .red, isColored)
        append(decimal: outcome.status)
        if !phrase.isEmpty { append(" ") }
        unsafe phrase.withUnsafeBytes { unsafe append($0) }
        if outcome.isCut { append(" [incomplete]") }
        end(isColored)
        append("\n")
    }

    private mutating func paint(_ text: StaticString, _ attribute: TerminalAttribute, _ isColored: Bool) {
        begin(attribute, isColored)
        append(text)
        end(isColored)
    }

    private mutating func begin(_ attribute: TerminalAttribute, _ isColored: Bool) {
        guard isColored else { return }
        append("\u{1b}[")
        append(decimal: attribute.rawValue)
        append("m")
    }

    private mutating func end(_ isColored: Bool) { if isColored { append("\u{1b}[0m") } }
}

/// Terminal attributes (ECMA-48, 8.3.117).
private enum TerminalAttribute: Int {
    case bold = 1
    case red = 31
    case green = 32
    case yellow = 33
}
