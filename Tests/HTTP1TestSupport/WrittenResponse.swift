public import HTTP1

/// A whole response with one field of the application, as it is sent.
public struct WrittenResponse {
    /// The octets that were written, up to an error.
    public private(set) var octets: [UInt8] = []
    /// Why the field was refused.
    public private(set) var error: ResponseError?
    private let field: (name: [UInt8], value: [UInt8])

    /// Writes a response.
    ///
    /// - Parameters:
    ///   - field: name and value.
    ///   - choice: bits that choose the kind of the request and of the response.
    public init(field: (name: [UInt8], value: [UInt8]), choice: UInt8) {
        self.field = field
        var buffer = OctetBuffer()
        var writer = ResponseWriter(
            isHead: choice & 2 != 0, minorVersion: choice & 4 == 0 ? 1 : 0, keepsAlive: choice & 8 == 0)
        do throws(ResponseError) {
            try writer.begin(status: choice & 16 == 0 ? 200 : 204, into: &buffer)
            try field.name.withUnsafeBufferPointer { name throws(ResponseError) in
                try field.value.withUnsafeBufferPointer { value throws(ResponseError) in
                    try writer.field(
                        name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value), into: &buffer)
                }
            }
            writer.endHead(date: UnsafeRawBufferPointer(start: nil, count: 0), into: &buffer)
            try writer.end(into: &buffer)
        } catch {
            self.error = error
        }
        octets = Array(buffer.octets)
    }

    /// Whether only the server writes fields with this name, so that the application's may be refused.
    public static func isServers(_ name: String) -> Bool {
        ["connection", "content-length", "transfer-encoding", "keep-alive"].contains(name)
    }

    /// The part that a client could misread; nil without a problem.
    public var problem: String? {
        if error == .bodyTooShort { return nil }
        if error != nil { return octets.isEmpty ? nil : "octets of a refused head are left" }
        var lines: [[UInt8]] = [[]]
        for octet in octets {
            if octet == 0x0a { lines.append([]) } else { lines[lines.count - 1].append(octet) }
        }
        let isWhole = lines.dropLast().allSatisfy { $0.last == 0x0d && !$0.dropLast().contains(0x0d) }
        guard isWhole, !octets.contains(0), lines.last == [] else { return "a line without a line end" }
        // The status, the field, the server's fields, the empty line, and the last chunk.
        return lines.count <= 8 ? nil : "more lines than were written"
    }
}
