import CPythonAPI
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A bounded cache of whole header lists: a client that keeps its connection sends the same headers again and again.
///
/// A copy of a list costs 60 ns; finding eight pairs one by one 200. Kept is what comes a second time, so that headers
/// that are never the same (a counter, a date) cost a hash and no more. Each place has one list; a new one takes it over.
struct HeaderLists {
    /// Longer blocks of headers are not kept.
    private static let longestBlock = 4096
    /// The bytes of a block that choose its place.
    private static let prefix = 32

    private struct Entry {
        var block: UnsafeMutableRawPointer?
        var length = 0
        var list: PyPointer?
        /// The hash of the block that was last asked for and not found.
        var candidate: UInt64 = 0
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let mask: Int

    /// A cache of so many lists, a power of two. It lives as long as the process.
    init(places: Int) {
        mask = places - 1
        entries = .allocate(capacity: places)
        entries.initialize(repeating: Entry(), count: places)
    }

    /// A new list of the headers at the reader's position, which it then has behind it; `nil` when they are not known.
    ///
    /// A known block has the names and values of `count` headers with a NUL behind each, so equal bytes are equal
    /// headers.
    @inline(__always)
    func copy(_ text: inout TextReader, count: Int, _ py: borrowing Python) throws(PyError) -> PyOwned? {
        guard let entry = place(text.rest, count), let list = entry.pointee.list else { return nil }
        let length = entry.pointee.length
        guard length <= text.rest.count, cpython.PyList_Size(list) == count,
            memcmp(entry.pointee.block!, text.rest.baseAddress!, length) == 0
        else { return nil }
        text.skip(length)
        return try PyOwned(orThrow: cpython.PyList_GetSlice(list, 0, count))
    }

    /// Keeps a copy of the list of a block that was not known, the second time it comes.
    func insert(
        _ block: UnsafeRawBufferPointer, _ list: borrowing PyOwned, count: Int, _ py: borrowing Python
    ) throws(PyError) {
        guard block.count <= HeaderLists.longestBlock, let entry = place(block, count) else { return }
        let hash = ObjectCache.hash(block)
        guard entry.pointee.candidate == hash else {
            entry.pointee.candidate = hash
            return
        }
        let kept = try PyOwned(orThrow: cpython.PyList_GetSlice(list.raw, 0, count))
        let old = entry.pointee
        let copy = malloc(block.count)!
        memcpy(copy, block.baseAddress!, block.count)
        entry.pointee = Entry(block: copy, length: block.count, list: kept.take(), candidate: hash)
        free(old.block)
        // Last: giving a reference back may run other code.
        if let object = old.list { _ = PyOwned(stealing: object) }
    }

    @inline(__always)
    private func place(_ text: UnsafeRawBufferPointer, _ count: Int) -> UnsafeMutablePointer<Entry>? {
        guard text.count >= HeaderLists.prefix else { return nil }
        let hash = ObjectCache.hash(UnsafeRawBufferPointer(rebasing: text[..<HeaderLists.prefix]))
        return entries + (Int(truncatingIfNeeded: hash) &+ count) & mask
    }
}
