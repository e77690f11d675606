/// Octets in memory that the caller keeps alive.
typealias Octets = UnsafePointer<UInt8>

extension UnsafePointer<UInt8> {
    /// The index of the first octet that is not allowed in a field value (a control character other than the tab), or
    /// `end`.
    ///
    /// Tests eight octets at a time. A borrow in the subtractions reaches only higher octets, so the lowest hit is
    /// correct.
    @inline(__always)
    func endOfText(from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var at = start
        while at + 8 <= end {
            let word = unsafe UInt64(littleEndian: UnsafeRawPointer(self + at).loadUnaligned(as: UInt64.self))
            let deletes = word ^ 0x7f7f_7f7f_7f7f_7f7f
            let hits = (((word &- 0x2020_2020_2020_2020) & ~word) | ((deletes &- ones) & ~deletes)) & highs
            if hits == 0 {
                at += 8
                continue
            }
            at += hits.trailingZeroBitCount &>> 3
            guard unsafe self[at] == .tab else { return at }
            at += 1
        }
        while at < end, unsafe self[at] >= .space ? self[at] != 0x7f : self[at] == .tab { at += 1 }
        return at
    }

    /// The index of the first octet that is not in a set, or `end`.
    @inline(__always)
    func end(of set: OctetSet, from start: Int, to end: Int) -> Int {
        var at = start
        while at < end, unsafe set.contains(self[at]) { at += 1 }
        return at
    }

    /// Whether the octets here are a word, regardless of case. As many octets as the word has must be readable.
    ///
    /// - Parameter word: of lower-case letters, digits and hyphens: with bit 5 set no other octet of a token becomes
    ///   one of these.
    @inline(__always)
    func isWord(_ word: StaticString) -> Bool {
        let letters = unsafe word.utf8Start
        for at in 0..<word.utf8CodeUnitCount where unsafe self[at] | 0x20 != letters[at] { return false }
        return true
    }
}

/// The elements of a comma-separated list without the blanks around them. Elements may be empty.
///
/// `@safe` because it is only used while the octets of the head stay in place.
@safe struct ListElements {
    private let octets: Octets
    private let end: Int
    private var at: Int
    /// The start of the current element.
    private(set) var first = 0
    /// The end of the current element.
    private(set) var last = 0

    @inline(__always)
    init(_ octets: Octets, from start: Int, to end: Int) {
        unsafe self.octets = octets
        self.end = end
        at = start
    }

    /// Moves to the next element.
    @inline(__always)
    mutating func next() -> Bool {
        guard at <= end else { return false }
        first = at
        while at < end, unsafe octets[at] != UInt8(ascii: ",") { at += 1 }
        last = at
        at += 1
        while first < last, unsafe octets[first].isBlank { first += 1 }
        while last > first, unsafe octets[last - 1].isBlank { last -= 1 }
        return true
    }

    /// Whether the element is a word, regardless of case.
    @inline(__always)
    func isWord(_ word: StaticString) -> Bool {
        unsafe last - first == word.utf8CodeUnitCount && (octets + first).isWord(word)
    }
}
