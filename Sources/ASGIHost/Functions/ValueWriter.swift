import Mailbox
import PythonAPI

/// Encodes Python objects in the format of `ValueKind`.
///
/// Large objects are only copied to blocks after everything was encoded, so nothing has to be undone if an object is
/// not supported.
struct ValueWriter: ~Copyable {
    /// The encoded values.
    private(set) var octets = RawBuffer<UInt8>(capacity: 1024)
    /// The large objects, in order.
    private var views = ViewList()
    private let types: ValueTypes

    init(_ types: ValueTypes) { self.types = types }

    /// Removes the encoded values.
    mutating func clear() {
        octets.shrink(to: 0)
        views.clear()
    }

    /// Sends the messages of an exchange: the blocks, then the values that refer to them.
    ///
    /// - Returns: the number of bytes sent.
    borrowing func send(slot: UInt32, to answers: inout AnswerWriter, _ py: borrowing Python) throws(PyError) -> Int {
        let apart = try views.send(slot: slot, to: &answers, py)
        unsafe answers.message(slot: slot, octets.bytes, isText: true)
        return octets.count + apart
    }

    // MARK: - Values

    /// Begins a list with this many values.
    mutating func beginList(_ count: Int) {
        append(.list)
        append(count32: count)
    }

    /// Encodes a value.
    ///
    /// - Throws: TypeError for an unsupported type, and the exceptions of objects that provide a buffer.
    mutating func write(_ value: borrowing some PyAny, _ depth: Int = 0, _ py: borrowing Python) throws(PyError) {
        if value.isNone { return append(.none) }
        if value.isExactly(types.int, py) { return try write(int: value, py) }
        if value.isExactly(types.float, py) { return write(double: try value.double(py), as: .float) }
        if value.isExactly(types.str, py) { return try write(text: value, py) }
        if value.isSame(as: py.bool(true)) { return append(.yes) }
        if value.isSame(as: py.bool(false)) { return append(.no) }
        if value.isExactly(types.dict, py) { return try write(dict: value, depth, py) }
        if value.isExactly(types.list, py) { return try write(list: value, depth, py) }
        if value.isExactly(types.tuple, py) { return try write(tuple: value, depth, py) }
        if value.isExactly(types.bytes, py) { return unsafe write(bytes: try value.bytes(py), owner: value, py) }
        if value.isKind(of: types.str, py) { return try write(text: value, py) }
        if value.isKind(of: types.int, py) { return try write(int: value, py) }
        if value.isKind(of: types.float, py) { return write(double: try value.double(py), as: .float) }
        if value.isKind(of: types.bytes, py) { return unsafe write(bytes: try value.bytes(py), owner: value, py) }
        if value.isKind(of: types.list, py) { return try write(list: value, depth, py) }
        if value.isKind(of: types.tuple, py) { return try write(tuple: value, depth, py) }
        if value.isKind(of: types.dict, py) { return try write(dict: value, depth, py) }
        try writeView(of: value, py)
    }

    private mutating func write(int value: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        do throws(PyError) {
            let number = try value.int(py)
            if let small = Int32(exactly: number) {
                append(.int32)
                return append(number: UInt32(bitPattern: small))
            }
            if number.magnitude <= UInt(ValueKind.maxExactInteger) {
                return write(double: Double(number), as: .whole)
            }
        } catch {
            guard PyError.matches(.overflow, py) else { throw error }
            PyError.clear(py)
        }
        // For example `0x1f` or `-0x1f`.
        let text = try value.hexadecimal(py)
        let digits = try unsafe text.utf8(py)
        let isNegative = unsafe digits[0] == UInt8(ascii: "-")
        append(.big)
        append(count32: digits.count - 2)
        if isNegative { octets.append(UInt8(ascii: "-")) }
        unsafe append(UnsafeRawBufferPointer(rebasing: digits[(isNegative ? 3 : 2)...]))
        _ = consume text
    }

    private mutating func write(double: Double, as kind: ValueKind) {
        append(kind)
        append(number: double.bitPattern)
    }

    private mutating func write(text value: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        let utf8: UnsafeRawBufferPointer
        do throws(PyError) {
            unsafe utf8 = try unsafe value.utf8(py)
        } catch {
            guard PyError.matches(.unicodeEncode, py) else { throw error }
            PyError.clear(py)
            let units = try value.utf16(py)
            let bytes = try unsafe units.bytes(py)
            append(.wide)
            append(length: bytes.count)
            unsafe append(bytes)
            _ = consume units
            return
        }
        if utf8.count <= 255 {
            append(.short)
            octets.append(UInt8(utf8.count))
        } else {
            append(.text)
            append(length: utf8.count)
        }
        unsafe append(utf8)
    }

    private mutating func write(bytes: UnsafeRawBufferPointer, owner: borrowing some PyAny, _ py: borrowing Python) {
        guard bytes.count >= ValueKind.apart else {
            append(.bytes)
            append(length: bytes.count)
            return unsafe append(bytes)
        }
        append(.bytesApart)
        append(length: bytes.count)
        views.append(.bytes(owner.owned(py)))
    }

    private mutating func write(list: borrowing some PyAny, _ depth: Int, _ py: borrowing Python) throws(PyError) {
        try goDeeper(depth, py)
        let count = list.listCount(py)
        beginList(count)
        for index in 0..<count {
            // An element may have code that changes the list.
            let kept = try list.ownedListItem(index, py)
            try write(kept, depth + 1, py)
        }
    }

    private mutating func write(tuple: borrowing some PyAny, _ depth: Int, _ py: borrowing Python) throws(PyError) {
        try goDeeper(depth, py)
        let count = tuple.tupleCount(py)
        beginList(count)
        for index in 0..<count {
            guard let item = tuple.tupleItem(index, py) else { throw .pending }
            try write(item, depth + 1, py)
        }
    }

    private mutating func write(dict given: borrowing some PyAny, _ depth: Int, _ py: borrowing Python) throws(PyError)
    {
        try goDeeper(depth, py)
        try write(entriesOf: try given.unshared(py), depth, py)
    }

    private mutating func write(
        entriesOf dict: borrowing PyOwned, _ depth: Int, _ py: borrowing Python
    ) throws(PyError) {
        let count = dict.dictCount(py)
        append(.dict)
        append(count32: count)
        var (position, written) = (0, 0)
        while let item = dict.nextItem(&position, py) {
            let name = item.key.owned(py)
            let value = item.value.owned(py)
            guard name.isExactly(types.str, py) || name.isKind(of: types.str, py) else {
                throw PyError.raise(.type, "a message's keys must be str, got '\(try name.typeName(py))'", py)
            }
            try write(text: name, py)
            try write(value, depth + 1, py)
            written += 1
            // An element may have code that changes the dict.
            guard dict.dictCount(py) == count else { break }
        }
        guard written == count else { throw PyError.raise(.runtime, "a dict changed while it was sent", py) }
    }

    private func goDeeper(_ depth: Int, _ py: borrowing Python) throws(PyError) {
        guard depth < ValueKind.maxDepth else {
            throw PyError.raise(.value, "a message must not nest more than \(ValueKind.maxDepth) lists and dicts", py)
        }
    }

    // MARK: - Buffers

    /// Encodes a memoryview, or an object that provides a buffer: a bytearray, an array of the module `array` or of
    /// numpy, or a scalar of numpy.
    private mutating func writeView(of value: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        let view = try viewed(value, py)
        let format = view.format
        let code = ArrayCode.code(format: format, size: view.itemSize)
        if view.dimensions == 0, code != nil || format == "?" {
            let single = try PyOwned.memoryView(of: value, py).callMethod(types.toList, py)
            return try write(single, ValueKind.maxDepth, py)
        }
        let isBytes =
            value.isKind(of: types.byteArray, py)
            || (format == "B" || format == "c") && value.isExactly(types.memoryView, py)
        guard isBytes || (code != nil && view.dimensions == 1) else {
            let text = "of \(view.dimensions) dimensions and format '\(format)' cannot become an array of JavaScript"
            throw PyError.raise(.type, "'\(try value.typeName(py))' \(text)", py)
        }
        let (count, isApart) = (view.count, view.count >= ValueKind.apart)
        append(isBytes ? (isApart ? .bytesApart : .bytes) : (isApart ? .arrayApart : .array))
        if !isBytes, let code { octets.append(code) }
        append(length: count)
        if isApart { return views.append(.view(view)) }
        if view.isContiguous { return unsafe append(view.bytes) }
        try unsafe view.copy(to: UnsafeMutableRawPointer(octets.extend(by: count)), py)
    }

    private func viewed(_ value: borrowing some PyAny, _ py: borrowing Python) throws(PyError) -> PyBuffer {
        do throws(PyError) {
            return try PyBuffer(value, py)
        } catch {
            guard PyError.matches(.type, py) else { throw error }
            PyError.clear(py)
            let names = "str, bytes, numbers, bool, None, lists and dicts"
            throw PyError.raise(.type, "a message can hold \(names), got '\(try value.typeName(py))'", py)
        }
    }

    // MARK: - Octets

    @inline(__always)
    private mutating func append(_ kind: ValueKind) { octets.append(kind.rawValue) }

    @inline(__always)
    private mutating func append(number: some FixedWidthInteger & BitwiseCopyable) {
        let width = number.bitWidth / 8
        unsafe UnsafeMutableRawPointer(octets.extend(by: width)).storeBytes(
            of: number.littleEndian, as: type(of: number))
    }

    @inline(__always)
    private mutating func append(count32 count: Int) { append(number: UInt32(truncatingIfNeeded: count)) }

    @inline(__always)
    private mutating func append(length: Int) { append(number: UInt64(length)) }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        unsafe octets.append(start.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }
}

/// The types that a writer recognizes. Owned as long as the process lives.
final class ValueTypes {
    let int, float, str, bytes, byteArray, memoryView, list, tuple, dict, toList: PyKept

    init(_ names: Names, _ py: borrowing Python) throws(PyError) {
        let builtins = try PyOwned.module("builtins", py)
        int = names.intType
        str = names.strType
        bytes = names.bytesType
        byteArray = names.byteArrayType
        memoryView = names.memoryViewType
        float = try builtins.attribute("float", py).kept()
        list = try builtins.attribute("list", py).kept()
        tuple = try builtins.attribute("tuple", py).kept()
        dict = try builtins.attribute("dict", py).kept()
        toList = try PyOwned.interned("tolist", py).kept()
    }
}
