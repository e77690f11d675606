import PythonAPI

/// What has come for an application and it has not taken: Python objects in their order, each with a note.
struct InputQueue<Note>: ~Copyable {
    private struct Entry: ~Copyable {
        /// `nil` once taken.
        var object: PyOwned?
        let note: Note
    }

    private var entries = OwnedArray<Entry>()
    private var taken = 0

    @inline(__always)
    var isEmpty: Bool { taken == entries.count }

    /// The note of the object that is next.
    @inline(__always)
    var first: Note { entries[taken].note }

    @inline(__always)
    mutating func append(_ object: consuming PyOwned, _ note: Note) {
        // A backlog that never ends does not keep what was taken of it.
        if taken > 64, taken > entries.count / 2 {
            entries.removeFirst(taken)
            taken = 0
        }
        entries.append(Entry(object: object, note: note))
    }

    /// The next object; there has to be one.
    @inline(__always)
    mutating func take() -> PyOwned {
        let object = entries[taken].object.take()!
        taken += 1
        if taken == entries.count {
            entries.removeFirst(taken)
            taken = 0
        }
        return object
    }

    /// Lets go what was not taken. What is freed may come back here: it finds nothing left.
    mutating func clear(_ py: borrowing Python) {
        guard !entries.isEmpty else { return }
        taken = 0
        _ = entries.takeAll()
    }
}
