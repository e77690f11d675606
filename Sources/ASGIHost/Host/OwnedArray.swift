import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A growing array of elements that cannot be copied, such as owned references, which `Array` does not support.
///
/// It allocates no memory before the first element, and keeps its memory.
/// `@safe` because it owns the memory, and checks each index.
@safe struct OwnedArray<Element: ~Copyable>: ~Copyable {
    private var start: UnsafeMutablePointer<Element>?
    private var capacity = 0
    /// The number of elements.
    private(set) var count = 0

    /// Makes an empty array.
    @inline(__always)
    init() {}

    deinit {
        guard let start = unsafe start else { return }
        unsafe start.deinitialize(count: count)
        unsafe free(start)
    }

    /// Whether there are no elements.
    @inline(__always)
    var isEmpty: Bool { count == 0 }

    /// The element at an index.
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

    /// Adds an element at the end.
    @inline(__always)
    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        unsafe (start! + count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        capacity = max(4, capacity * 2)
        // `allocate` would request aligned memory, which is slower; malloc's alignment suffices here.
        precondition(MemoryLayout<Element>.alignment <= 16)
        let memory = unsafe malloc(capacity * MemoryLayout<Element>.stride)!
        let larger = unsafe memory.bindMemory(to: Element.self, capacity: capacity)
        if let start = unsafe start {
            unsafe larger.moveInitialize(from: start, count: count)
            unsafe free(start)
        }
        unsafe start = larger
    }

    /// Removes and returns an element.
    mutating func remove(at index: Int) -> Element {
        precondition(index >= 0 && index < count)
        let element = unsafe (start! + index).move()
        unsafe (start! + index).moveInitialize(from: start! + index + 1, count: count - index - 1)
        count -= 1
        return element
    }

    /// Releases the first elements.
    mutating func removeFirst(_ gone: Int) {
        precondition(gone >= 0 && gone <= count)
        guard let start = unsafe start else { return }
        unsafe start.deinitialize(count: gone)
        unsafe start.moveInitialize(from: start + gone, count: count - gone)
        count -= gone
    }

    /// Swaps two elements.
    mutating func swapAt(_ first: Int, _ second: Int) {
        precondition(first >= 0 && first < count && second >= 0 && second < count)
        guard first != second else { return }
        let element = unsafe (start! + first).move()
        unsafe (start! + first).moveInitialize(from: start! + second, count: 1)
        unsafe (start! + second).initialize(to: element)
    }

    /// Removes and returns all elements. Code that this runs may use the array, which is empty then.
    mutating func takeAll() -> OwnedArray<Element> {
        let all = self
        self = OwnedArray()
        return all
    }

    /// Passes each element to `body`, in order.
    consuming func consumeEach(_ body: (consuming Element) -> Void) {
        let taken = count
        // The array owns none of them any more.
        count = 0
        for index in 0..<taken { unsafe body((start! + index).move()) }
    }
}

extension OwnedArray where Element == PyOwned {
    /// The index of an object.
    func firstIndex(of object: borrowing some PyAny) -> Int? {
        for index in 0..<count where self[index].isSame(as: object) { return index }
        return nil
    }
}
