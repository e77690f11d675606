/// A request's head: where its parts are, in one contiguous piece of memory with the octets as they came.
///
/// A view without ownership. It is valid until the parser's next step, and, when the head came in one piece, only as long
/// as the input that it came in; a head that came in several pieces is in the parser's own memory.
///
/// `@safe` because only the parser makes one; the octets that it gives are unsafe to keep, and say so.
@safe public struct RequestHead {
    /// The forms of a target (RFC 9112, 3.2).
    public enum TargetForm: UInt8, Sendable {
        /// A path and perhaps a query.
        case origin
        /// A whole URL, whose authority counts and not the Host field's.
        case absolute
        /// Host and port, for CONNECT.
        case authority
        /// `*`, for OPTIONS.
        case asterisk
    }

    /// Where a part is, in octets from the head's start.
    public struct Span: Equatable, Sendable {
        /// The first octet.
        public internal(set) var start: UInt32 = 0
        /// How many octets.
        public internal(set) var count: UInt32 = 0

        @inline(__always)
        init(_ start: Int, to end: Int) {
            self.start = UInt32(truncatingIfNeeded: start)
            count = UInt32(truncatingIfNeeded: end - start)
        }
    }

    /// One field: its name as it came, and its value without the blanks around it.
    public struct Field: Equatable, Sendable {
        /// The name, in any letters.
        public internal(set) var name: Span
        /// The value.
        public internal(set) var value: Span
    }

    var start: UnsafePointer<UInt8>
    var fieldStart: UnsafePointer<Field>
    /// How many octets the head has, from the method to the empty line.
    public internal(set) var count = 0
    /// How many fields there are.
    public internal(set) var fieldCount = 0
    /// The method.
    public internal(set) var method = Span(0, to: 0)
    /// The target as it came.
    public internal(set) var target = Span(0, to: 0)
    /// Host and port of a target in the absolute or authority form; else empty.
    public internal(set) var authority = Span(0, to: 0)
    /// The path of the target: empty for an absolute form without one (which means `/`) and for the authority form.
    public internal(set) var path = Span(0, to: 0)
    /// The query without its `?`; empty too when there is none.
    public internal(set) var query = Span(0, to: 0)
    /// The declared length in octets; -1 without a Content-Length.
    public internal(set) var contentLength = -1
    /// The form of the target.
    public internal(set) var form = TargetForm.origin
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    public internal(set) var minorVersion: UInt8 = 1
    /// The method is HEAD: the response has no body.
    public internal(set) var isHead = false
    /// The method is CONNECT: nothing after the head is HTTP.
    public internal(set) var isConnect = false
    /// The client may send another request after this one.
    public internal(set) var keepsAlive = true
    /// The body comes in chunks.
    public internal(set) var isChunked = false
    /// The client waits for `100 Continue` before it sends the body.
    public internal(set) var expectsContinue = false
    /// The client takes trailers (RFC 9110, 10.1.4).
    public internal(set) var takesTrailers = false
    /// The client asks for another protocol (`Upgrade`, which `Connection` names too; HTTP/1.1 alone).
    public internal(set) var wantsUpgrade = false

    /// Whether a body follows: chunks, or a declared length above 0.
    @inline(__always)
    public var hasBody: Bool { isChunked || contentLength > 0 }

    /// The head as it came, to give it to another server.
    @inline(__always)
    public var octets: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }

    /// The octets of a part.
    @inline(__always)
    public subscript(span: Span) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: start + Int(span.start), count: Int(span.count))
    }

    /// A field.
    ///
    /// - Parameter index: from 0 to `fieldCount`, which is not among them.
    @inline(__always)
    public func field(_ index: Int) -> Field {
        assert(index < fieldCount)
        return unsafe fieldStart[index]
    }

    /// Whether a field has this name, in letters of any case.
    ///
    /// - Parameter name: in small letters, digits and hyphens.
    @inline(__always)
    public func isNamed(_ name: StaticString, _ field: Field) -> Bool {
        unsafe Int(field.name.count) == name.utf8CodeUnitCount && (start + Int(field.name.start)).isWord(name)
    }
}
