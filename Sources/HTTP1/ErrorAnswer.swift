/// A complete response of the server itself, which ends the connection: a status and one line of text.
public enum ErrorAnswer {
    /// Writes a response.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - reason: the line, without its end.
    ///   - isHead: whether the request's method is HEAD: then the line is counted but left out.
    ///   - date: the value of the Date field; empty for none.
    ///   - buffer: receives the response.
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

    /// Writes the response to a request that is refused; parameters as above.
    public static func write(
        _ error: RequestError, isHead: Bool = false, date: UnsafeRawBufferPointer, into buffer: inout OctetBuffer
    ) {
        unsafe write(status: error.status, reason: error.reason, isHead: isHead, date: date, into: &buffer)
    }
}
