import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A bounded cache from raw bytes to immutable Python objects, so that equal headers, paths and addresses are made once.
///
/// Each key has four places; a new one takes the place of the oldest. No key can make it slower or larger, so it needs
/// no defence against chosen keys. (Header pairs: 0.45 µs of a request with eight.)
struct ObjectCache {
    /// Longer keys are not kept.
    static let longestKey = 512

    private struct Entry {
        var hash: UInt64 = 0
        var key: UnsafeMutableRawPointer?
        var length = 0
        var first: PyPointer?
        var second: PyPointer?
    }

    private static let ways = 4
    private let entries: UnsafeMutablePointer<Entry>
    private let mask: Int
    private let turn: UnsafeMutablePointer<UInt8>

    /// A cache of `4 * sets` entries; `sets` is a power of two. It lives as long as the process.
    init(sets: Int) {
        mask = sets - 1
        entries = .allocate(capacity: sets * ObjectCache.ways)
        entries.initialize(repeating: Entry(), count: sets * ObjectCache.ways)
        turn = .allocate(capacity: sets)
        turn.initialize(repeating: 0, count: sets)
    }

    /// The objects of a key, borrowed from the cache until the next `insert`.
    @inline(__always)
    func find(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> (first: PyRef, second: PyRef?)? {
        let set = entries + (Int(truncatingIfNeeded: hash) & mask) * ObjectCache.ways
        for way in 0..<ObjectCache.ways {
            let entry = set + way
            if entry.pointee.hash == hash, entry.pointee.length == key.count, let first = entry.pointee.first,
                memcmp(entry.pointee.key!, key.baseAddress!, key.count) == 0
            {
                return (PyRef(first), entry.pointee.second.map { PyRef($0) })
            }
        }
        return nil
    }

    /// Keeps the objects of a key.
    func insert(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ first: PyRef, _ second: PyRef?, _ py: borrowing Python
    ) {
        guard key.count <= ObjectCache.longestKey, key.count > 0 else { return }
        let setIndex = Int(truncatingIfNeeded: hash) & mask
        let way = Int(turn[setIndex]) % ObjectCache.ways
        turn[setIndex] &+= 1
        let entry = entries + setIndex * ObjectCache.ways + way
        let old = entry.pointee
        let copy = malloc(key.count)!
        memcpy(copy, key.baseAddress!, key.count)
        entry.pointee = Entry(
            hash: hash, key: copy, length: key.count, first: first.owned(py).take(),
            second: second.map { $0.owned(py).take() })
        free(old.key)
        // Last: giving a reference back may run other code.
        if let object = old.first { _ = PyOwned(stealing: object) }
        if let object = old.second { _ = PyOwned(stealing: object) }
    }

    /// A hash of bytes, eight at a time.
    @inline(__always)
    static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: key.count) &* 0x9E37_79B9_7F4A_7C15
        var position = 0
        while position + 8 <= key.count {
            hash = mixed(hash ^ key.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        var rest: UInt64 = 0
        while position < key.count {
            rest = rest << 8 | UInt64(key[position])
            position += 1
        }
        return mixed(hash ^ rest)
    }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}
