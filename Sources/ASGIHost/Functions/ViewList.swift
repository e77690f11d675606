import Mailbox
import PythonAPI

/// Python objects whose memory is sent in blocks of its own. Each is kept alive until its block was sent or dropped.
struct ViewList: ~Copyable {
    /// One of them.
    enum View: ~Copyable {
        /// A `bytes`.
        case bytes(PyOwned)
        case view(PyBuffer)
    }

    private var views = OwnedArray<View>()

    /// Takes a view over.
    mutating func append(_ view: consuming View) { views.append(view) }

    /// Sends each as a block.
    ///
    /// - Returns: bytes of all.
    borrowing func send(slot: UInt32, to answers: inout AnswerWriter, _ py: borrowing Python) throws(PyError) -> Int {
        var total = 0
        for index in 0..<views.count {
            switch views[index] {
            case .bytes(let object):
                let bytes = try unsafe object.bytes(py)
                unsafe answers.blocks(slot: slot, bytes)
                total += bytes.count
            case .view(let view):
                total += view.count
                if view.isContiguous {
                    unsafe answers.blocks(slot: slot, view.bytes)
                } else {
                    let memory = unsafe BlockPool.allocate(view.count)
                    defer { unsafe BlockPool.release(memory, view.count) }
                    try unsafe view.copy(to: memory, py)
                    unsafe answers.blocks(slot: slot, UnsafeRawBufferPointer(start: memory, count: view.count))
                }
            }
        }
        return total
    }

    /// Lets all go.
    mutating func clear() { views.removeFirst(views.count) }
}

extension AnswerWriter {
    /// Bytes that a message refers to, before it: in messages of their own, no longer than a record's may be.
    mutating func blocks(slot: UInt32, _ bytes: UnsafeRawBufferPointer) {
        var rest = unsafe bytes
        while rest.count > 0 {
            let piece = min(rest.count, 1 << 30)
            unsafe message(slot: slot, UnsafeRawBufferPointer(rebasing: rest[..<piece]), isText: false)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
        }
    }
}
