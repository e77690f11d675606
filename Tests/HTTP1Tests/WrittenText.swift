import HTTP1

var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

/// A head with a status line and a date.
func head(_ lines: String = "") -> String { "HTTP/1.1 200 OK\r\ndate: now\r\n\(lines)\r\n" }

/// A head with lines of the application before the date.
func headWith(_ status: String, _ lines: String = "") -> String {
    let isLength = lines.hasPrefix("content-length: 0")
    return "HTTP/1.1 \(status)\r\n\(isLength ? "" : lines)date: now\r\n\(isLength ? lines : "")\r\n"
}

/// A whole response as text.
func written(
    _ start: ResponseWriter = ResponseWriter(isHead: false, minorVersion: 1, keepsAlive: true), status: Int = 200,
    fields: [(String, String)] = [], bodyCount: Int? = nil, pieces: [String] = []
) throws -> String {
    var buffer = OctetBuffer()
    var writer = start
    try writer.begin(status: status, into: &buffer)
    for (name, value) in fields { try field(name, value, &writer, &buffer) }
    "now".latin1.withUnsafeBytes { writer.endHead(bodyCount: bodyCount, date: $0, into: &buffer) }
    for piece in pieces { try write(piece, &writer, &buffer) }
    try writer.end(into: &buffer)
    return String(decoding: buffer.octets, as: UTF8.self)
}

/// Writes a field of text.
func field(
    _ name: String, _ value: String, _ writer: inout ResponseWriter, _ buffer: inout OctetBuffer
) throws {
    try name.latin1.withUnsafeBytes { name in
        try value.latin1.withUnsafeBytes { value in try writer.field(name: name, value: value, into: &buffer) }
    }
}

/// Writes a piece of the body.
func write(_ piece: String, _ writer: inout ResponseWriter, _ buffer: inout OctetBuffer) throws {
    try piece.latin1.withUnsafeBytes { try writer.body($0, into: &buffer) }
}
