import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A growing row of things that cannot be copied, such as owned references: what `Array` does not take.
///
/// It has no memory before the first one comes, and keeps what it has.
/// `@safe` because the memory is its own, and each index is looked at.
@safe struct OwnedArray<Element: ~Copyable>: ~Copyable {
    private var start: UnsafeMutablePointer<Element>?
    private var capacity = 0
    /// How many there are.
    private(set) var count = 0

    /// An empty row.
    @inline(__always)
    init() {}

    deinit {
        guard let start = unsafe start else { return }
        unsafe start.deinitialize(count: count)
        unsafe free(start)
    }

    /// Whether there is none.
    @inline(__always)
    var isEmpty: Bool { count == 0 }

    /// One of them.
    @inline(__always)
    subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(index >= 0 && index < count)
            return unsafe UnsafePointer(start! + index)
        }
        unsafeMutableAddress {
            precondition(index >= 0 && index < count)
            return unsafe start! + index
        }
    }

    /// Adds one at the end.
    @inline(__always)
    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        unsafe (start! + count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        capacity = max(4, capacity * 2)
        // `allocate` asks for aligned memory, which takes longer; what is owned here needs no more than malloc gives.
        precondition(MemoryLayout<Element>.alignment <= 16)
        let memory = unsafe malloc(capacity * MemoryLayout<Element>.stride)!
        let larger = unsafe memory.bindMemory(to: Element.self, capacity: capacity)
        if let start = unsafe start {
            unsafe larger.moveInitialize(from: start, count: count)
            unsafe free(start)
        }
        unsafe start = larger
    }

    /// Takes one out; those after it move up.
    mutating func remove(at index: Int) -> Element {
        precondition(index >= 0 && index < count)
        let element = unsafe (start! + index).move()
        unsafe (start! + index).moveInitialize(from: start! + index + 1, count: count - index - 1)
        count -= 1
        return element
    }

    /// Lets the first ones go; those after them move up.
    mutating func removeFirst(_ gone: Int) {
        precondition(gone >= 0 && gone <= count)
        guard let start = unsafe start else { return }
        unsafe start.deinitialize(count: gone)
        unsafe start.moveInitialize(from: start + gone, count: count - gone)
        count -= gone
    }

    /// Two of them change places.
    mutating func swapAt(_ first: Int, _ second: Int) {
        precondition(first >= 0 && first < count && second >= 0 && second < count)
        guard first != second else { return }
        let element = unsafe (start! + first).move()
        unsafe (start! + first).moveInitialize(from: start! + second, count: 1)
        unsafe (start! + second).initialize(to: element)
    }

    /// Gives all of them away, in their order; what is done with one may come back here, and finds none.
    mutating func takeAll() -> OwnedArray<Element> {
        let all = self
        self = OwnedArray()
        return all
    }

    /// Gives each to `body`, in their order.
    consuming func consumeEach(_ body: (consuming Element) -> Void) {
        let taken = count
        // Nothing of them is this row's any more.
        count = 0
        for index in 0..<taken { unsafe body((start! + index).move()) }
    }
}

extension OwnedArray where Element == PyOwned {
    /// Where an object is.
    func firstIndex(of object: borrowing some PyAny) -> Int? {
        for index in 0..<count where self[index].isSame(as: object) { return index }
        return nil
    }
}
