import HTTP1

/// JSON lines with the fields of OpenTelemetry's log model.
extension OctetBuffer {
    /// Begins a line.
    mutating func beginJSON(at time: UnsafeRawBufferPointer) {
        append("{\"timestamp\":\"")
        unsafe append(time)
        append("\",\"severityText\":\"INFO\",\"severityNumber\":9,\"body\":\"request\",")
    }

    /// Adds the part about the request, up to the status.
    mutating func appendJSON(of head: RequestHead, from client: Address) {
        if let trace = TraceParent(of: head) {
            append("\"traceId\":\"")
            unsafe trace.id.withUnsafeBytes { unsafe append($0) }
            append("\",")
        }
        append("\"attributes\":{\"client.address\":\"")
        unsafe client.host.withUnsafeBytes { unsafe append(json: $0) }
        append("\"")
        if !client.host.isEmpty {
            append(",\"client.port\":")
            append(decimal: Int(client.port))
        }
        append(",\"http.request.method\":\"")
        unsafe append(head[head.method])
        append("\",\"url.path\":\"")
        let target = unsafe head[head.target]
        let query = unsafe target.firstIndex(of: UInt8(ascii: "?"))
        unsafe append(json: UnsafeRawBufferPointer(rebasing: target[..<(query ?? target.endIndex)]))
        if let query {
            append("\",\"url.query\":\"")
            unsafe append(json: UnsafeRawBufferPointer(rebasing: target[(query + 1)...]))
        }
        append("\",\"network.protocol.version\":\"")
        append(head.minorVersion == 0 ? "1.0" : "1.1")
        append("\",\"http.response.status_code\":")
    }

    /// Ends the line with the part about the response.
    mutating func appendJSON(of outcome: Outcome) {
        append(decimal: outcome.status)
        append(",\"http.server.request.duration\":")
        append(seconds: outcome.microseconds)
        append(outcome.isCut ? ",\"python_node.incomplete\":true}}\n" : "}}\n")
    }

    /// Adds microseconds as seconds, with as few digits as possible.
    mutating func append(seconds microseconds: Int) {
        append(decimal: microseconds / 1_000_000)
        var rest = microseconds % 1_000_000
        guard rest > 0 else { return }
        append(".")
        var unit = 100_000
        while rest > 0 {
            append(decimal: rest / unit)
            rest %= unit
            unit /= 10
        }
    }
}
