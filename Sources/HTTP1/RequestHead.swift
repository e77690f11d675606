/// A request's head: the positions of its parts in one contiguous piece of memory with the received octets.
///
/// It does not own the memory. It is valid until the parser's next step. A head that was received in one piece also
/// needs the input to stay valid; one received in several pieces is in the parser's memory.
///
/// `@safe` because only the parser makes one; the octets that it returns are unsafe to keep.
@safe public struct RequestHead {
    /// The forms of a target (RFC 9112, 3.2).
    public enum TargetForm: UInt8, Sendable {
        /// A path with an optional query.
        case origin
        /// A complete URL, whose authority takes precedence over the Host field.
        case absolute
        /// Host and port; for CONNECT.
        case authority
        /// `*`; for OPTIONS.
        case asterisk
    }

    /// The position of a part, relative to the head's start.
    public struct Span: Equatable, Sendable {
        /// The offset of the first octet.
        public internal(set) var start: UInt32 = 0
        /// The number of octets.
        public internal(set) var count: UInt32 = 0

        @inline(__always)
        init(_ start: Int, to end: Int) {
            self.start = UInt32(truncatingIfNeeded: start)
            count = UInt32(truncatingIfNeeded: end - start)
        }
    }

    /// A field: its name as received, and its value without the blanks around it.
    public struct Field: Equatable, Sendable {
        /// The name, in any case.
        public internal(set) var name: Span
        /// The value.
        public internal(set) var value: Span
    }

    var start: UnsafePointer<UInt8>
    var fieldStart: UnsafePointer<Field>
    /// The length of the head in octets, from the method to the empty line.
    public internal(set) var count = 0
    /// How many fields there are.
    public internal(set) var fieldCount = 0
    /// The method.
    public internal(set) var method = Span(0, to: 0)
    /// The target as received.
    public internal(set) var target = Span(0, to: 0)
    /// Host and port of a target in the absolute or authority form; else empty.
    public internal(set) var authority = Span(0, to: 0)
    /// The path of the target. Empty for the authority form, and for an absolute form without a path, which means `/`.
    public internal(set) var path = Span(0, to: 0)
    /// The query without its `?`; empty if there is none.
    public internal(set) var query = Span(0, to: 0)
    /// The declared length in octets; -1 without a Content-Length.
    public internal(set) var contentLength = -1
    /// The form of the target.
    public internal(set) var form = TargetForm.origin
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    public internal(set) var minorVersion: UInt8 = 1
    /// Whether the method is HEAD, so that the response has no body.
    public internal(set) var isHead = false
    /// Whether the method is CONNECT, after which nothing on the connection is HTTP.
    public internal(set) var isConnect = false
    /// Whether the client may send another request after this one.
    public internal(set) var keepsAlive = true
    /// Whether the body is sent in chunks.
    public internal(set) var isChunked = false
    /// Whether the client waits for `100 Continue` before it sends the body.
    public internal(set) var expectsContinue = false
    /// Whether the client accepts trailers (RFC 9110, 10.1.4).
    public internal(set) var takesTrailers = false
    /// Whether the client asks for another protocol: `Upgrade`, named in `Connection` too, in HTTP/1.1.
    public internal(set) var wantsUpgrade = false

    /// Whether a body follows: chunks, or a declared length above 0.
    @inline(__always)
    public var hasBody: Bool { isChunked || contentLength > 0 }

    /// The head as received, for forwarding.
    @inline(__always)
    public var octets: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }

    /// The octets of a part.
    @inline(__always)
    public subscript(span: Span) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: start + Int(span.start), count: Int(span.count))
    }

    /// A field.
    ///
    /// - Parameter index: below `fieldCount`.
    @inline(__always)
    public func field(_ index: Int) -> Field {
        assert(index < fieldCount)
        return unsafe fieldStart[index]
    }

    /// Whether a field has this name, regardless of case.
    ///
    /// - Parameter name: in lower-case letters, digits and hyphens.
    @inline(__always)
    public func isNamed(_ name: StaticString, _ field: Field) -> Bool {
        unsafe Int(field.name.count) == name.utf8CodeUnitCount && (start + Int(field.name.start)).isWord(name)
    }
}
