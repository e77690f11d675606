import CPythonAPI
import Mailbox
import PythonAPI

/// Writes the headers that an application has sent as a head's text: `name NUL value NUL name NUL value`.
struct HeaderWriter {
    private let text = HeaderText()
    private let listType: PyRef
    private let tupleType: PyRef
    private let bytesType: PyRef

    init(_ py: borrowing Python) throws(PyError) {
        let builtins = try PyOwned(orThrow: cpython.PyImport_ImportModule("builtins"))
        listType = PyRef(try builtins.attribute("list", py).take())
        tupleType = PyRef(try builtins.attribute("tuple", py).take())
        bytesType = PyRef(try builtins.attribute("bytes", py).take())
    }

    /// What the caller has to know of what was written.
    struct Written {
        /// Bytes of text.
        var length = 0
        /// The declared length of the body, if there is one.
        var contentLength: Int?
        /// The length could be read in two ways: it is no number, or another one than was said before.
        var isLengthUnclear = false
    }

    /// What is wrong with a header.
    enum Problem: Error {
        /// The header is no pair of name and value.
        case noPair
        /// A part of the header with this number is no `bytes`.
        case noBytes(index: Int, isName: Bool)
        case name(String)
        /// The value of the header with this name.
        case value(String)
        /// The length could be read in two ways, and a client could take what follows for a part of the response.
        case length
    }

    /// Whether headers can be looked at without running code: a list or tuple of Python's own.
    @inline(__always)
    func isPlain(_ headers: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        headers.isExactly(listType, py) || headers.isExactly(tupleType, py)
    }

    /// The headers as a list or tuple of exact tuples or lists of two: what can be written without running any of the
    /// application's code. Usually what the application has given already.
    func prepared(_ headers: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let items = try PyOwned(
            orThrow: cpython.PySequence_Fast(headers.raw, "'headers' must be an iterable of [name, value] pairs"))
        let count = size(of: items, py)
        for index in 0..<count {
            guard let pair = item(index, of: items, py) else { throw .pending }
            guard isPair(pair, py) else { return try normalized(items, count, py) }
        }
        return items
    }

    /// Writes prepared headers; names in lower case. `transfer-encoding` is left out: framing is the transport's.
    ///
    /// Runs no code of the application's, and sets no exception, which might: nobody comes in between what is in the buffer
    /// already and what is written there next.
    /// - Throws: what HTTP forbids. What was written before is still in the buffer; the caller drops it, and then raises
    ///   the problem.
    func write(
        _ headers: borrowing some PyAny, to buffer: inout RawBuffer<UInt8>, _ py: borrowing Python
    ) throws(Problem) -> Written {
        var written = Written()
        let before = buffer.count
        for index in 0..<size(of: headers, py) {
            guard let pair = item(index, of: headers, py), isPair(pair, py), let name = item(0, of: pair, py),
                let value = item(1, of: pair, py)
            else { throw .noPair }
            try write(index, name, value, to: &buffer, &written, py)
        }
        if buffer.count > before { buffer.shrink(to: buffer.count - 1) }
        written.length = buffer.count - before
        return written
    }

    /// Sets the Python exception for a problem with these headers.
    func raise(
        _ problem: Problem, of headers: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyError {
        switch problem {
        case .noPair: return PyError.raise(.value, "a header must be a pair of name and value", py)
        case .noBytes(let index, let isName):
            let pair = try PyOwned(orThrow: cpython.PySequence_GetItem(headers.raw, index))
            let part = try PyOwned(orThrow: cpython.PySequence_GetItem(pair.raw, isName ? 0 : 1))
            let what = isName ? "name" : "value"
            return PyError.raise(.type, "a header's \(what) must be bytes, got '\(try part.typeName(py))'", py)
        case .name(let name): return PyError.raise(.value, "Invalid header name: \(name)", py)
        case .value(let name):
            return PyError.raise(.value, "Invalid header value of '\(name)': it has a control character", py)
        case .length:
            return PyError.raise(
                .value, "'content-length' of 'http.response.start' must be one number of bytes, in digits", py)
        }
    }

    /// Whether written headers have one with this name, which is in lower case.
    static func has(_ name: StaticString, in text: UnsafeRawBufferPointer) -> Bool {
        var reader = TextReader(text)
        while reader.rest.count > 0 {
            if reader.next().elementsEqual(name) { return true }
            _ = reader.next()
        }
        return false
    }

    /// Makes tuples of pairs of any other kind.
    private func normalized(
        _ items: borrowing some PyAny, _ count: Int, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let list = try PyOwned(orThrow: cpython.PyList_New(0))
        for index in 0..<count {
            let given = try PyOwned(orThrow: cpython.PySequence_GetItem(items.raw, index))
            let pair = try PyOwned(
                orThrow: cpython.PySequence_Fast(given.raw, "a header must be a pair of name and value"))
            guard isPair(pair, py) else {
                throw PyError.raise(.value, "a header must be a pair of name and value", py)
            }
            guard cpython.PyList_Append(list.raw, pair.raw) == 0 else { throw .pending }
        }
        return list
    }

    @inline(__always)
    private func isPair(_ object: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        (object.isExactly(tupleType, py) && cpython.PyTuple_Size(object.raw) == 2)
            || (object.isExactly(listType, py) && cpython.PyList_Size(object.raw) == 2)
    }

    @inline(__always)
    private func size(of items: borrowing some PyAny, _ py: borrowing Python) -> Int {
        items.isExactly(tupleType, py) ? cpython.PyTuple_Size(items.raw) : cpython.PySequence_Size(items.raw)
    }

    /// An item, borrowed from a list or tuple.
    @inline(__always)
    private func item(_ index: Int, of items: borrowing some PyAny, _ py: borrowing Python) -> PyRef? {
        let found =
            items.isExactly(tupleType, py)
            ? cpython.PyTuple_GetItem(items.raw, index) : cpython.PyList_GetItem(items.raw, index)
        return found.map { PyRef($0) }
    }

    @inline(__always)
    private func write(
        _ index: Int, _ name: PyRef, _ value: PyRef, to buffer: inout RawBuffer<UInt8>, _ written: inout Written,
        _ py: borrowing Python
    ) throws(Problem) {
        guard let nameBytes = bytes(of: name, py) else { throw .noBytes(index: index, isName: true) }
        guard let valueBytes = bytes(of: value, py) else { throw .noBytes(index: index, isName: false) }
        let length = nameBytes.count + valueBytes.count + 2
        let place = buffer.extend(by: length)
        guard text.copyName(nameBytes, to: place) else {
            throw .name(String(decoding: nameBytes, as: UTF8.self))
        }
        place[nameBytes.count] = 0
        guard text.copyValue(valueBytes, to: place + nameBytes.count + 1) else {
            throw .value(String(decoding: nameBytes, as: UTF8.self))
        }
        place[length - 1] = 0
        let lowered = UnsafeRawBufferPointer(start: place, count: nameBytes.count)
        if lowered.elementsEqual("content-length") {
            let number = HeaderWriter.number(valueBytes)
            if number == nil || (written.contentLength ?? number) != number { written.isLengthUnclear = true }
            written.contentLength = number
        } else if lowered.elementsEqual("transfer-encoding") {
            buffer.shrink(to: buffer.count - length)
        }
    }

    /// A declared length: digits, of a number that JavaScript knows exactly. HTTP allows blanks around it.
    private static func number(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count > 0, text.count <= 18 else { return numberInBlanks(text) }
        var value = 0
        for byte in text {
            let digit = byte &- 0x30
            guard digit < 10 else { return numberInBlanks(text) }
            value = value &* 10 &+ Int(digit)
        }
        return value < 1 << 53 ? value : nil
    }

    private static func numberInBlanks(_ text: UnsafeRawBufferPointer) -> Int? {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let digits = text.drop(while: isBlank)
        let end = digits.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? digits.startIndex
        // Without blanks it was looked at already.
        guard end - digits.startIndex < text.count else { return nil }
        return number(UnsafeRawBufferPointer(rebasing: digits[..<end]))
    }

    /// The bytes of a `bytes`, valid while the object lives; `nil` for anything else.
    @inline(__always)
    private func bytes(of value: PyRef, _ py: borrowing Python) -> UnsafeRawBufferPointer? {
        // Asked before: a refusal of CPython's makes an exception, and with it room for the collector.
        guard value.isExactly(bytesType, py) || value.isKind(of: bytesType, py) else { return nil }
        var start: UnsafeMutablePointer<CChar>?
        var count: Py_ssize_t = 0
        _ = cpython.PyBytes_AsStringAndSize(value.raw, &start, &count)
        return UnsafeRawBufferPointer(start: start, count: count)
    }
}
