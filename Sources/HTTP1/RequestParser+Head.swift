extension RequestParser {
    /// The number of fields that an idle connection keeps memory for.
    static var usualFields: Int { 32 }

    static var noFields: UnsafePointer<RequestHead.Field> {
        // Never read: a head without fields has a count of 0.
        unsafe UnsafeRawPointer(bitPattern: MemoryLayout<RequestHead.Field>.alignment).unsafelyUnwrapped
            .assumingMemoryBound(to: RequestHead.Field.self)
    }

    /// Reads a head: from the input if the head begins there, else from the copy of its earlier pieces.
    ///
    /// - Returns: whether it is complete.
    mutating func readHead(_ octets: Octets, _ count: Int, _ used: inout Int) throws(RequestError) -> Bool {
        guard used < count else { return false }
        if held.count == 0 {
            if state == .requestLine { beginHead() }
            let start = used
            guard try unsafe readLines(octets + start, count - start) else {
                unsafe held.append(UnsafeRawBufferPointer(start: octets + start, count: count - start))
                used = count
                return false
            }
            used = start + line
            try unsafe endHead(octets + start)
            return true
        }
        return try unsafe continueHead(octets, count, &used)
    }

    private mutating func continueHead(_ octets: Octets, _ count: Int, _ used: inout Int) throws(RequestError) -> Bool {
        let before = held.count
        // One octet above the limit suffices to detect that there are too many.
        let taken = min(count - used, limits.head + 1 - before)
        unsafe held.append(UnsafeRawBufferPointer(start: octets + used, count: taken))
        let start = unsafe held.octets.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
        guard try unsafe readLines(start, held.count) else {
            used += taken
            return false
        }
        held.truncate(to: line)
        used += line - before
        try unsafe endHead(start)
        return true
    }

    @inline(__always)
    private mutating func beginHead() {
        if fieldCapacity == 0 { growFields(to: Self.usualFields) }
        let fields = unsafe head.fieldStart
        head = unsafe RequestHead(start: Self.emptyStart, fieldStart: fields)
        facts = HeadFacts()
        line = 0
    }

    /// Reads all complete lines that were not read yet.
    ///
    /// - Returns: whether the empty line was read; `line` is then the head's length.
    @inline(__always)
    private mutating func readLines(_ start: Octets, _ count: Int) throws(RequestError) -> Bool {
        if state == .requestLine {
            guard try unsafe readRequestLine(start, min(count, limits.requestLine)) else {
                guard count <= limits.requestLine else { throw .targetTooLong }
                return false
            }
            state = .fields
        }
        let end = min(count, limits.head)
        while true {
            var field = RequestHead.Field(name: .init(0, to: 0), value: .init(0, to: 0))
            switch try unsafe FieldLine.read(start, &line, end, &field) {
            case .unfinished:
                guard count <= limits.head else { throw .headTooLarge }
                return false
            case .empty: return true
            case .field:
                guard head.fieldCount < limits.fields else { throw .tooManyFields }
                if head.fieldCount == fieldCapacity { growFields(to: min(fieldCapacity * 2, limits.fields)) }
                unsafe UnsafeMutablePointer(mutating: head.fieldStart)[head.fieldCount] = field
                head.fieldCount += 1
                try unsafe facts.note(field, in: start)
            }
        }
    }

    /// Evaluates the complete head.
    @inline(__always)
    private mutating func endHead(_ start: Octets) throws(RequestError) {
        unsafe head.start = start
        head.count = line
        try facts.store(in: &head)
        guard head.contentLength <= limits.body else { throw .bodyTooLarge }
        remaining = head.contentLength
        received = 0
        state = head.isChunked ? .chunkSizeStart : remaining > 0 ? .fixedBody : .end
    }

    private mutating func growFields(to capacity: Int) {
        let larger = UnsafeMutablePointer<RequestHead.Field>.allocate(capacity: capacity)
        if fieldCapacity > 0 { unsafe larger.update(from: head.fieldStart, count: head.fieldCount) }
        releaseFields()
        unsafe head.fieldStart = UnsafePointer(larger)
        fieldCapacity = capacity
    }

    /// Frees the memory for fields.
    mutating func releaseFields() {
        if fieldCapacity > 0 { unsafe head.fieldStart.deallocate() }
        unsafe head.fieldStart = Self.noFields
        fieldCapacity = 0
    }
}
