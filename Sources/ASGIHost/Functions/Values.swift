import Mailbox
import PythonAPI

/// Reads and writes the values of functions, and of raw scopes and events. One for each event loop's thread.
final class Values {
    private let types: ValueTypes
    let arrays: PyOctetsType
    var dictType: PyKept { types.dict }
    /// A writer for reuse.
    private var spare: ValueWriter?

    init(_ names: Names, _ py: borrowing Python) throws(PyError) {
        types = try ValueTypes(names, py)
        arrays = try PyOctetsType(name: "python_node.Octets", py)
    }

    /// Whether an object's type is known to be neither awaitable nor an iterator.
    @inline(__always)
    func isPlain(_ value: borrowing some PyAny, _ py: borrowing Python) -> Bool {
        value.isNone || value.isSame(as: py.bool(true)) || value.isSame(as: py.bool(false))
            || value.isExactly(types.int, py) || value.isExactly(types.float, py) || value.isExactly(types.str, py)
            || value.isExactly(types.bytes, py) || value.isExactly(types.dict, py) || value.isExactly(types.list, py)
            || value.isExactly(types.tuple, py) || value.isExactly(types.memoryView, py)
    }

    /// Decodes octets with exactly one value.
    ///
    /// - Parameter pieces: the blocks that the value refers to.
    func read(
        _ octets: UnsafeRawBufferPointer, _ pieces: Pieces? = nil, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        var reader = unsafe ValueReader(octets, pieces, arrays)
        let value = try reader.value(0, py)
        guard reader.isAtEnd else { throw reader.broken(py) }
        return value
    }

    /// Sends a value as a message of an exchange; sends nothing if that fails.
    ///
    /// - Parameters:
    ///   - isAlone: whether to send a list with the value, as for calls of functions.
    ///   - mayGo: asked after the objects were read, which may have run code: whether to send the message nevertheless.
    /// - Returns: the number of bytes sent.
    @discardableResult
    func send(
        _ value: borrowing some PyAny, isAlone: Bool = false, slot: UInt32, to table: ExchangeTable,
        _ py: borrowing Python,
        ifStill mayGo: () throws(PyError) -> Void = {}
    ) throws(PyError) -> Int {
        // Removed from the property, because an object's code may send a message as well.
        var writer = spare.take() ?? ValueWriter(types)
        do throws(PyError) {
            if isAlone { writer.beginList(1) }
            try writer.write(value, 0, py)
            try mayGo()
            let count = try writer.send(slot: slot, to: &table.answers, py)
            writer.clear()
            spare = consume writer
            return count
        } catch {
            writer.clear()
            spare = consume writer
            throw error
        }
    }
}
