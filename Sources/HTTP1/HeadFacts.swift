/// What the fields of a head say about the message: collected line by line, evaluated when the head is complete.
struct HeadFacts {
    private var hasHost = false
    private var contentLength = -1
    private var hasTransferEncoding = false
    private var isTransferEncodingWrong = false
    private var hasOtherCoding = false
    private var endsWithChunked = false
    private var closes = false
    private var keepsAlive = false
    private var namesUpgrade = false
    private var hasUpgrade = false
    private var expectsContinue = false
    private var expectsOther = false
    private var takesTrailers = false

    /// Records a field.
    @inline(__always)
    mutating func note(_ field: RequestHead.Field, in start: Octets) throws(RequestError) {
        let name = unsafe start + Int(field.name.start)
        let first = Int(field.value.start)
        let last = first + Int(field.value.count)
        switch field.name.count {
        case 2 where unsafe name.isWord("te"): unsafe noteTrailers(start, first, last)
        case 4 where unsafe name.isWord("host"):
            guard !hasHost else { throw .hostRepeated }
            hasHost = true
            guard unsafe HostName.isValid(start, first, last, needsPort: false) else { throw .host }
        case 6 where unsafe name.isWord("expect"): unsafe noteExpectations(start, first, last)
        case 7 where unsafe name.isWord("upgrade"): hasUpgrade = hasUpgrade || last > first
        case 10 where unsafe name.isWord("connection"): unsafe noteConnection(start, first, last)
        case 14 where unsafe name.isWord("content-length"):
            guard contentLength < 0 else { throw .contentLengthRepeated }
            guard unsafe !Self.hasTab(start, last) else { throw .contentLength }
            contentLength = try unsafe Self.number(start, first, last)
        case 17 where unsafe name.isWord("transfer-encoding"): unsafe noteTransferEncoding(start, first, last)
        default: break
        }
    }

    /// Checks that the fields are consistent and stores their meaning in the head.
    @inline(__always)
    func store(in head: inout RequestHead) throws(RequestError) {
        let isFirstVersion = head.minorVersion == 0
        guard hasHost || isFirstVersion else { throw .hostMissing }
        if hasTransferEncoding {
            guard !isTransferEncodingWrong, endsWithChunked else { throw .transferEncoding }
            guard contentLength < 0 else { throw .contentLengthAndTransferEncoding }
            guard !isFirstVersion else { throw .transferEncodingVersion }
            guard !hasOtherCoding else { throw .transferCoding }
            head.isChunked = true
        }
        head.contentLength = contentLength
        head.keepsAlive = !closes && (keepsAlive || !isFirstVersion) && !head.isConnect
        // Both exist only in HTTP/1.1 (RFC 9110, 7.8 and 10.1.1).
        guard !isFirstVersion else { return }
        guard !expectsOther else { throw .expectation }
        head.expectsContinue = expectsContinue && head.hasBody
        head.wantsUpgrade = hasUpgrade && namesUpgrade
        head.takesTrailers = takesTrailers
    }

    /// A number of digits and nothing else (RFC 9110, 8.6).
    @inline(__always)
    private static func number(_ start: Octets, _ first: Int, _ last: Int) throws(RequestError) -> Int {
        guard first < last else { throw .contentLength }
        var number = 0
        var isTooLarge = false
        for at in first..<last {
            guard unsafe start[at].isDigit else { throw .contentLength }
            let (tens, overflows) = number.multipliedReportingOverflow(by: 10)
            let (sum, exceeds) = unsafe tens.addingReportingOverflow(Int(start[at] &- 0x30))
            isTooLarge = isTooLarge || overflows || exceeds
            number = sum
        }
        guard !isTooLarge else { throw .bodyTooLarge }
        return number
    }

    /// Whether a tab follows the value. Some servers would take it for a part of the value and read another length.
    @inline(__always)
    private static func hasTab(_ start: Octets, _ last: Int) -> Bool {
        var at = last
        while unsafe start[at] == .space { at += 1 }
        return unsafe start[at] == .tab
    }

    private mutating func noteConnection(_ start: Octets, _ first: Int, _ last: Int) {
        var options = unsafe ListElements(start, from: first, to: last)
        while options.next() {
            if options.isWord("close") {
                closes = true
            } else if options.isWord("keep-alive") {
                keepsAlive = true
            } else if options.isWord("upgrade") {
                namesUpgrade = true
            }
        }
    }

    private mutating func noteTrailers(_ start: Octets, _ first: Int, _ last: Int) {
        var codings = unsafe ListElements(start, from: first, to: last)
        while codings.next() {
            if codings.isWord("trailers") { takesTrailers = true }
        }
    }

    private mutating func noteExpectations(_ start: Octets, _ first: Int, _ last: Int) {
        if first == last { expectsOther = true }
        var expectations = unsafe ListElements(start, from: first, to: last)
        while expectations.next() {
            if expectations.first == expectations.last { continue }
            if expectations.isWord("100-continue") { expectsContinue = true } else { expectsOther = true }
        }
    }

    /// Records codings in their order over all lines (RFC 9112, 6.1). Only `chunked`, once and last, delimits the body.
    private mutating func noteTransferEncoding(_ start: Octets, _ first: Int, _ last: Int) {
        hasTransferEncoding = true
        isTransferEncodingWrong = unsafe isTransferEncodingWrong || Self.hasTab(start, last)
        var codings = unsafe ListElements(start, from: first, to: last)
        while codings.next() {
            if endsWithChunked {
                isTransferEncodingWrong = true
            } else if codings.isWord("chunked") {
                endsWithChunked = true
            } else {
                let end = unsafe start.end(of: .token, from: codings.first, to: codings.last)
                isTransferEncodingWrong = isTransferEncodingWrong || codings.first == codings.last || end < codings.last
                hasOtherCoding = true
            }
        }
    }
}
