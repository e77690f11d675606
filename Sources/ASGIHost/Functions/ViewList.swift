import Mailbox
import PythonAPI

/// Python objects whose memory is sent in separate blocks. Each is kept alive until its block was sent or dropped.
struct ViewList: ~Copyable {
    /// One object.
    enum View: ~Copyable {
        /// A `bytes` object.
        case bytes(PyOwned)
        case view(PyBuffer)
    }

    private var views = OwnedArray<View>()

    /// Adds a view and takes ownership of it.
    mutating func append(_ view: consuming View) { views.append(view) }

    /// Sends each object as a block.
    ///
    /// - Returns: the number of bytes sent.
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

    /// Releases all objects.
    mutating func clear() { views.removeFirst(views.count) }
}

extension AnswerWriter {
    /// Sends bytes that the next message refers to, in several messages if they are too long for one record.
    mutating func blocks(slot: UInt32, _ bytes: UnsafeRawBufferPointer) {
        var rest = unsafe bytes
        while rest.count > 0 {
            let piece = min(rest.count, 1 << 30)
            unsafe message(slot: slot, UnsafeRawBufferPointer(rebasing: rest[..<piece]), isText: false)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
        }
    }
}
