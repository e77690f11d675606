import PythonAPI

/// A problem with a header that an application has sent.
enum HeaderProblem: Error {
    /// The header is not a pair of name and value.
    case noPair
    /// An element of the header with this index is not `bytes`.
    case noBytes(index: Int, isName: Bool)
    case name(String)
    /// The value of the header with this name is invalid.
    case value(String)
    /// The length is ambiguous, and a client could take the bytes after it for part of the response.
    case length
}

/// Reads the headers that an application has sent.
struct HeaderReader {
    private let listType: PyKept
    private let tupleType: PyKept
    private let bytesType: PyKept

    init(_ py: borrowing Python) throws(PyError) {
        let builtins = try PyOwned.module("builtins", py)
        listType = try builtins.attribute("list", py).kept()
        tupleType = try builtins.attribute("tuple", py).kept()
        bytesType = try builtins.attribute("bytes", py).kept()
    }

    /// Whether headers can be read without running code: a built-in list or tuple. Without a GIL only a tuple, because
    /// other threads may change a list.
    @inline(__always)
    func isPlain(_ headers: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        unsafe (headers.isExactly(listType, py) && !PyLayout.isFreeThreaded) || headers.isExactly(tupleType, py)
    }

    /// The headers as a list or tuple of built-in tuples or lists with two elements, which can be read without running
    /// the application's code. Usually the application's own object.
    func prepared(_ headers: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let given = try headers.listOrTuple(refusal: "'headers' must be an iterable of [name, value] pairs", py)
        let items = try unshared(given, py)
        let count = size(of: items, py)
        for index in 0..<count {
            guard let pair = item(index, of: items, py) else { throw .pending }
            guard isPair(pair, py) else { return try normalized(items, count, py) }
        }
        return items
    }

    /// Reads prepared headers, or None, for `heads.write`.
    ///
    /// Runs no code of the application, and sets no Python exception, because that could run some.
    /// - Throws: the problem with a header.
    @inline(__always)
    func read(
        _ headers: borrowing some PyAny, into heads: inout ResponseHeads, _ py: borrowing Python
    ) throws(HeaderProblem) -> ResponseHeads.Summary {
        var summary = ResponseHeads.Summary()
        heads.begin()
        let count = headers.isNone ? 0 : size(of: headers, py)
        for index in 0..<count {
            guard let pair = item(index, of: headers, py), isPair(pair, py), let name = item(0, of: pair, py),
                let value = item(1, of: pair, py)
            else { throw .noPair }
            guard let nameBytes = unsafe bytes(of: name, py) else { throw .noBytes(index: index, isName: true) }
            guard let valueBytes = unsafe bytes(of: value, py) else { throw .noBytes(index: index, isName: false) }
            unsafe heads.add(name: nameBytes, value: valueBytes, to: &summary)
        }
        try heads.finish()
        return summary
    }

    /// Sets the Python exception for a problem with these headers.
    func raise(
        _ problem: HeaderProblem, of headers: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyError {
        switch problem {
        case .noPair: return PyError.raise(.value, "a header must be a pair of name and value", py)
        case .noBytes(let index, let isName):
            let pair = try headers.sequenceItem(index, py)
            let part = try pair.sequenceItem(isName ? 0 : 1, py)
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

    /// Makes tuples of all pairs.
    private func normalized(
        _ items: borrowing some PyAny, _ count: Int, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let list = try PyOwned.list(count: 0, py)
        for index in 0..<count {
            let given = try items.sequenceItem(index, py)
            let pair = try given.listOrTuple(refusal: "a header must be a pair of name and value", py)
            guard size(of: pair, py) == 2 else {
                throw PyError.raise(.value, "a header must be a pair of name and value", py)
            }
            let made = try PyOwned.pair(try pair.sequenceItem(0, py), try pair.sequenceItem(1, py), py)
            try list.append(made, py)
        }
        return list
    }

    /// Whether an object is a tuple or list with two elements that can be borrowed; without a GIL only a tuple.
    @inline(__always)
    private func isPair(_ object: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        unsafe (object.isExactly(tupleType, py) && object.tupleCount(py) == 2)
            || (!PyLayout.isFreeThreaded && object.isExactly(listType, py) && object.listCount(py) == 2)
    }

    /// A copy of a list, which no other thread has; a tuple unchanged, because tuples are immutable.
    private func unshared(_ items: consuming PyOwned, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard unsafe PyLayout.isFreeThreaded, !items.isExactly(tupleType, py) else { return items }
        return try items.copiedList(py)
    }

    @inline(__always)
    private func size(of items: borrowing some PyAny, _ py: borrowing Python) -> Int {
        items.isExactly(tupleType, py) ? items.tupleCount(py) : items.sequenceCount(py)
    }

    /// An element, borrowed from a list or tuple.
    @_lifetime(borrow items)
    @inline(__always)
    private func item(_ index: Int, of items: borrowing some PyAny, _ py: borrowing Python) -> PyRef? {
        items.isExactly(tupleType, py) ? items.tupleItem(index, py) : items.listItem(index, py)
    }

    /// The memory of a `bytes` object, valid while the object lives; `nil` for anything else.
    @inline(__always)
    private func bytes(of value: PyRef, _ py: borrowing Python) -> UnsafeRawBufferPointer? {
        // Checked first, because CPython's error would make an exception object, which may start the garbage collector.
        guard value.isExactly(bytesType, py) || value.isKind(of: bytesType, py) else { return nil }
        return unsafe value.knownBytes(py)
    }
}
