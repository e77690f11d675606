/// Descriptions of failed requests, and constant header fields.
enum Failure {
    static let incomplete: StaticString = "ERR_ASGI_INCOMPLETE_RESPONSE"
    static var typeName: UnsafeRawBufferPointer { unsafe octets("content-type") }
    static var typeValue: UnsafeRawBufferPointer { unsafe octets("text/plain; charset=utf-8") }

    static var cacheName: UnsafeRawBufferPointer { unsafe octets("cache-control") }
    static var cacheValue: UnsafeRawBufferPointer { unsafe octets("no-store") }

    /// A description in the format of `Answer.fail`.
    ///
    /// - Parameter message: written as it is, so it has no quotation mark, backslash or control character.
    static func json(_ code: StaticString, _ message: String) -> [UInt8] {
        Array("{\"code\":\"\(code)\",\"message\":\"\(message)\"}".utf8)
    }

    /// Whether the failure only says that the handler is closed.
    static func isClosed(_ description: UnsafeRawBufferPointer) -> Bool {
        unsafe String(decoding: description, as: UTF8.self).contains("\"ERR_ASGI_CLOSED\"")
    }

    private static func octets(_ text: StaticString) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
