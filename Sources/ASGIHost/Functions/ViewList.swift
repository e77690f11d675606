import Mailbox
import PythonAPI

/// Python objects whose memory is sent in blocks of its own. Each is kept alive until its block was sent or dropped.
struct ViewList: ~Copyable {
    /// One of them.
    enum View: ~Copyable {
        /// A `bytes`, owned.
        case bytes(PyPointer)
        case view(PyBuffer)
    }

    /// Memory of its own: an Array takes only what can be copied.
    private var start: UnsafeMutablePointer<View>?
    private var count = 0
    private var capacity = 0

    /// Takes a view over.
    mutating func append(_ view: consuming View) {
        if count == capacity { grow() }
        (start! + count).initialize(to: view)
        count += 1
    }

    private mutating func grow() {
        capacity = max(4, capacity * 2)
        let larger = UnsafeMutablePointer<View>.allocate(capacity: capacity)
        if let start {
            larger.moveInitialize(from: start, count: count)
            start.deallocate()
        }
        start = larger
    }

    /// Sends each as a block.
    ///
    /// - Returns: bytes of all.
    borrowing func send(slot: UInt32, to answers: inout AnswerWriter, _ py: borrowing Python) throws(PyError) -> Int {
        var total = 0
        for index in 0..<count {
            switch start![index] {
            case .bytes(let object):
                let bytes = try PyRef(object).bytes(py)
                answers.blocks(slot: slot, bytes)
                total += bytes.count
            case .view(let view):
                total += view.count
                if view.isContiguous {
                    answers.blocks(slot: slot, view.bytes)
                } else {
                    let memory = BlockPool.take(view.count)
                    defer { BlockPool.give(memory, view.count) }
                    try view.copy(to: memory, py)
                    answers.blocks(slot: slot, UnsafeRawBufferPointer(start: memory, count: view.count))
                }
            }
        }
        return total
    }

    /// Lets all go.
    mutating func clear() {
        for index in 0..<count {
            switch (start! + index).move() {
            case .bytes(let object): _ = PyOwned(stealing: object)
            case .view: break
            }
        }
        count = 0
    }

    deinit { start?.deallocate() }
}

extension AnswerWriter {
    /// Bytes that a message refers to, before it: in messages of their own, no longer than a record's may be.
    mutating func blocks(slot: UInt32, _ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while rest.count > 0 {
            let piece = min(rest.count, 1 << 30)
            message(slot: slot, UnsafeRawBufferPointer(rebasing: rest[..<piece]), isText: false)
            rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
        }
    }
}
