/// A whole answer of the server's own, which ends the connection: a status and a line that says why.
public enum ErrorAnswer {
    /// Writes it.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - reason: why, in one line without its end.
    ///   - isHead: the request's method is HEAD: the line is counted and left out.
    ///   - date: the value of the Date field; empty for none.
    ///   - buffer: where it goes.
    public static func write(
        status: Int, reason: StaticString, isHead: Bool = false, date: UnsafeRawBufferPointer,
        into buffer: inout OctetBuffer
    ) {
        StatusLine.write(status, into: &buffer)
        buffer.append("content-type: text/plain; charset=utf-8\r\ncontent-length: ")
        buffer.append(decimal: reason.utf8CodeUnitCount + 1)
        if unsafe !date.isEmpty {
            buffer.append("\r\ndate: ")
            unsafe buffer.append(date)
        }
        buffer.append("\r\nconnection: close\r\n\r\n")
        if isHead { return }
        buffer.append(reason)
        buffer.append("\n")
    }

    /// Writes the answer to a request that is refused.
    public static func write(
        _ error: RequestError, isHead: Bool = false, date: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) {
        unsafe write(status: error.status, reason: error.reason, isHead: isHead, date: date, into: &buffer)
    }
}
