import Mailbox
import PythonAPI

/// The shapes of request heads that a channel's client has sent: see `Head`.
///
/// Used on the event loop's thread, which calls `clear` before releasing it.
///
/// `@safe` because it owns the memory, and checks each index.
@safe struct RequestHeads: ~Copyable {
    private let text = HeaderText()
    /// The shapes by number. The last element is for heads without a shape.
    private let shapes = UnsafeMutablePointer<RequestShape?>.allocate(capacity: capacity)
    private static let capacity = Head.maxShapes + 1

    init() { unsafe shapes.initialize(repeating: nil, count: RequestHeads.capacity) }

    deinit {
        unsafe shapes.deinitialize(count: RequestHeads.capacity)
        unsafe shapes.deallocate()
    }

    /// Reads a head.
    ///
    /// - Returns: its shape, which has the head's fields until the next head of that shape is read; `nil` if the head
    ///   is invalid or its shape unknown.
    /// - Throws: MemoryError.
    @inline(__always)
    func read(_ head: HeadReader?, _ py: borrowing Python) throws(PyError) -> RequestShape? {
        guard var head, let shape = shape(of: head, py) else { return nil }
        try shape.read(&head, text, py)
        return shape
    }

    @inline(__always)
    private func shape(of head: HeadReader, _ py: borrowing Python) -> RequestShape? {
        let count = head.count - Command.Field.count
        guard head.shape < Head.maxShapes || head.shape == Head.noShape else { return nil }
        let place = unsafe shapes + min(Int(head.shape), Head.maxShapes)
        if head.definesNames {
            unsafe place.pointee?.clear(py)
            unsafe place.pointee = RequestShape(count)
        }
        guard let shape = unsafe place.pointee, shape.count == count else { return nil }
        return shape
    }

    /// Releases all Python objects.
    func clear(_ py: borrowing Python) {
        for index in 0..<RequestHeads.capacity {
            unsafe shapes[index]?.clear(py)
            unsafe shapes[index] = nil
        }
    }
}
