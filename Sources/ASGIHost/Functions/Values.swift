import Mailbox
import PythonAPI

/// Reads and writes the values of functions, and of scopes and events of any protocol; one for the loop's thread.
final class Values {
    private let types: ValueTypes
    let arrays: PyOctetsType
    var dictType: PyKept { types.dict }
    /// A writer that nobody uses.
    private var spare: ValueWriter?

    init(_ names: Names, _ py: borrowing Python) throws(PyError) {
        types = try ValueTypes(names, py)
        arrays = try PyOctetsType(name: "python_node.Octets", py)
    }

    /// Whether an object is of a type that nobody can wait for or iterate over later.
    @inline(__always)
    func isPlain(_ value: PyRef, _ py: borrowing Python) -> Bool {
        value.isNone || value.isSame(as: py.bool(true)) || value.isSame(as: py.bool(false))
            || value.isExactly(types.int, py) || value.isExactly(types.float, py) || value.isExactly(types.str, py)
            || value.isExactly(types.bytes, py) || value.isExactly(types.dict, py) || value.isExactly(types.list, py)
            || value.isExactly(types.tuple, py) || value.isExactly(types.memoryView, py)
    }

    /// The one value of these octets.
    ///
    /// - Parameter pieces: what went apart.
    func read(
        _ octets: UnsafeRawBufferPointer, _ pieces: Pieces? = nil, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        var reader = unsafe ValueReader(octets, pieces, arrays)
        let value = try reader.value(0, py)
        guard reader.isAtEnd else { throw reader.broken(py) }
        return value
    }

    /// Writes a value as a message of an exchange; nothing is written when that fails.
    ///
    /// - Parameters:
    ///   - isAlone: as a list of it alone: what calls of functions give.
    ///   - mayGo: asked when all was read of the objects, whose code may have run: whether it is to be sent all the same.
    /// - Returns: bytes that were written.
    @discardableResult
    func send(
        _ value: PyRef, isAlone: Bool = false, slot: UInt32, to table: ExchangeTable, _ py: borrowing Python,
        ifStill mayGo: () throws(PyError) -> Void = {}
    ) throws(PyError) -> Int {
        // Out of the property: an object's code may send something itself.
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
