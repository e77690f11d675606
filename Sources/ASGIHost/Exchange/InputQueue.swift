import PythonAPI

/// Input that an application has not received: Python objects in order, each with a note.
struct InputQueue<Note>: ~Copyable {
    private struct Entry: ~Copyable {
        /// `nil` after the object was removed.
        var object: PyOwned?
        let note: Note
    }

    private var entries = OwnedArray<Entry>()
    private var taken = 0

    @inline(__always)
    var isEmpty: Bool { taken == entries.count }

    /// The note of the next object; `nil` if the queue is empty.
    @inline(__always)
    var first: Note { entries[taken].note }

    @inline(__always)
    mutating func append(_ object: consuming PyOwned, _ note: Note) {
        // Removes entries before the end of a long backlog, so that received objects do not accumulate.
        if taken > 64, taken > entries.count / 2 {
            entries.removeFirst(taken)
            taken = 0
        }
        entries.append(Entry(object: object, note: note))
    }

    /// Removes and returns the next object. The queue must not be empty.
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

    /// Releases all objects. That may run code which calls this queue, so it is emptied first.
    mutating func clear(_ py: borrowing Python) {
        guard !entries.isEmpty else { return }
        taken = 0
        _ = entries.takeAll()
    }
}
