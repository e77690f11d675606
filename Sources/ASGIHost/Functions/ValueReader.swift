import Mailbox
import PythonAPI

/// Decodes values in the format of `ValueKind` to Python objects.
///
/// Text, lists and small values are copied. An array with its own block uses the block's memory.
///
/// `@safe` because making one is unsafe, and each step is checked against the remaining octets.
@safe struct ValueReader {
    private let octets: UnsafeRawBufferPointer
    private var position = 0
    private let pieces: Pieces?
    private let arrays: PyOctetsType

    /// - Parameters:
    ///   - octets: valid as long as the reader is used.
    ///   - pieces: the blocks; the reader takes those that the values need.
    init(_ octets: UnsafeRawBufferPointer, _ pieces: Pieces?, _ arrays: PyOctetsType) {
        unsafe self.octets = octets
        self.pieces = pieces
        self.arrays = arrays
    }

    /// Whether all octets were read.
    var isAtEnd: Bool { unsafe position == octets.count }

    /// The next value.
    mutating func value(_ depth: Int = 0, _ py: borrowing Python) throws(PyError) -> PyOwned {
        guard depth < ValueKind.maxDepth, let kind = ValueKind(rawValue: try byte(py)) else { throw broken(py) }
        switch kind {
        case .none: return py.none.owned(py)
        case .no: return py.bool(false).owned(py)
        case .yes: return py.bool(true).owned(py)
        case .int32: return try PyOwned.int(Int(Int32(truncatingIfNeeded: try number(4, py))), py)
        case .whole:
            guard let whole = Int(exactly: try double(py)) else { throw broken(py) }
            return try PyOwned.int(whole, py)
        case .float: return try PyOwned.float(try double(py), py)
        case .big: return try big(py)
        case .short, .text, .wide: return try text(kind, py)
        case .bytes: return try unsafe PyOwned.bytes(try take(try length(py), py), py)
        case .array:
            let item = try item(py)
            let block = unsafe Batch.Block(copying: try take(try length(py), py))
            return try unsafe array(block.start!, block.count, item, py)
        case .bytesApart:
            let count = try length(py)
            let memory = try unsafe takeApart(count, py)
            defer { unsafe BlockPool.release(memory, count) }
            return try unsafe PyOwned.bytes(UnsafeRawBufferPointer(start: memory, count: count), py)
        case .arrayApart:
            let item = try item(py)
            let count = try length(py)
            return try unsafe array(try takeApart(count, py), count, item, py)
        case .list: return try list(depth, py)
        case .dict: return try dict(depth, py)
        }
    }

    /// Reads a list's values after its kind.
    private mutating func list(_ depth: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let count = try count(py)
        let list = try PyOwned.list(count: count, py)
        for index in 0..<count {
            list.fillList(index, with: try value(depth + 1, py), py)
        }
        return list
    }

    /// Reads the positional arguments of a call.
    mutating func tuple(_ count: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let tuple = try PyOwned.tuple(count: count, py)
        for index in 0..<count { tuple.fillTuple(index, with: try value(1, py), py) }
        return tuple
    }

    /// Reads alternating names and values as a dict.
    mutating func dict(_ depth: Int, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let count = try count(py)
        let dict = try PyOwned.dict(py)
        for _ in 0..<count {
            guard let kind = ValueKind(rawValue: try byte(py)) else { throw broken(py) }
            let name = try text(kind, py)
            try dict.set(name, try value(depth + 1, py), py)
        }
        return dict
    }

    private mutating func text(_ kind: ValueKind, _ py: borrowing Python) throws(PyError) -> PyOwned {
        switch kind {
        case .short: return try unsafe PyOwned.string(utf8: try take(Int(try byte(py)), py), py)
        case .text: return try unsafe PyOwned.string(utf8: try take(try length(py), py), py)
        case .wide:
            return try unsafe PyOwned.string(utf16: try take(try length(py), py), py)
        default: throw broken(py)
        }
    }

    private mutating func big(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.int(hexadecimal: Array(try take(Int(try number(4, py)), py)), py)
    }

    private func array(
        _ start: UnsafeMutableRawPointer, _ count: Int, _ item: (size: Int, format: StaticString),
        _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        guard count % item.size == 0 else {
            unsafe BlockPool.release(start, count)
            throw broken(py)
        }
        return try unsafe arrays.view(
            of: start, count: count, format: item.format, itemSize: item.size,
            release: { memory, count in unsafe BlockPool.release(memory, count) }, py)
    }

    private mutating func item(_ py: borrowing Python) throws(PyError) -> (size: Int, format: StaticString) {
        guard let item = ArrayCode.item(try byte(py)) else { throw broken(py) }
        return item
    }

    private func takeApart(_ length: Int, _ py: borrowing Python) throws(PyError) -> UnsafeMutableRawPointer {
        guard let memory = unsafe pieces?.take(length) else { throw broken(py) }
        return unsafe memory
    }

    // MARK: - Octets

    /// The next octet.
    @inline(__always)
    mutating func byte(_ py: borrowing Python) throws(PyError) -> UInt8 {
        guard unsafe position < octets.count else { throw broken(py) }
        defer { position += 1 }
        return unsafe octets[position]
    }

    /// The next octets; valid as long as all of them.
    @inline(__always)
    mutating func take(_ length: Int, _ py: borrowing Python) throws(PyError) -> UnsafeRawBufferPointer {
        guard length >= 0, unsafe length <= octets.count - position else { throw broken(py) }
        defer { position += length }
        return unsafe UnsafeRawBufferPointer(rebasing: octets[position..<(position + length)])
    }

    /// The next number with this many octets.
    @inline(__always)
    private mutating func number(_ width: Int, _ py: borrowing Python) throws(PyError) -> UInt64 {
        let taken = try unsafe take(width, py)
        return unsafe width == 8
            ? UInt64(littleEndian: taken.loadUnaligned(as: UInt64.self))
            : UInt64(UInt32(littleEndian: taken.loadUnaligned(as: UInt32.self)))
    }

    private mutating func double(_ py: borrowing Python) throws(PyError) -> Double {
        Double(bitPattern: try number(8, py))
    }

    private mutating func length(_ py: borrowing Python) throws(PyError) -> Int {
        guard let length = Int(exactly: try number(8, py)) else { throw broken(py) }
        return length
    }

    /// The next count, which cannot exceed the number of octets.
    @inline(__always)
    mutating func count(_ py: borrowing Python) throws(PyError) -> Int {
        let count = Int(try number(4, py))
        guard unsafe count <= octets.count - position else { throw broken(py) }
        return count
    }

    /// The next count, without advancing.
    func peekCount(_ py: borrowing Python) throws(PyError) -> Int {
        var ahead = self
        return try ahead.count(py)
    }

    /// The exception for octets that are not a value.
    func broken(_ py: borrowing Python) -> PyError {
        PyError.raise(.value, "the values are not in the format of value-writer.js", py)
    }
}
