/// The bytes that HTTP allows in header names, and their lower-case forms.
///
/// One table for both directions: 0 marks a byte that is not allowed in a name (RFC 9110, "token").
///
/// `@safe` because the table lives as long as the process, and each index is a byte.
@safe struct HeaderText {
    private let lower = unsafe HeaderText.table

    /// Made once for all channels. Sound because nothing writes to it after that.
    nonisolated(unsafe) private static let table: UnsafePointer<UInt8> = {
        let lower = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        unsafe lower.initialize(repeating: 0, count: 256)
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") { unsafe lower[Int(byte)] = byte }
        for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") { unsafe lower[Int(byte)] = byte + 32 }
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { unsafe lower[Int(byte)] = byte }
        for byte in "!#$%&'*+-.^_`|~".utf8 { unsafe lower[Int(byte)] = byte }
        return unsafe UnsafePointer(lower)
    }()

    /// Copies a name in lower case; returns `false` if it is empty or has a forbidden byte.
    @inline(__always)
    func copyName(_ name: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) -> Bool {
        if name.count >= 8, unsafe HeaderText.copy(name, to: target, where: HeaderText.areUnusualInNames) {
            return true
        }
        var forbidden: UInt8 = name.count > 0 ? 0 : 1
        for index in 0..<name.count {
            let byte = unsafe lower[Int(name[index])]
            unsafe target[index] = byte
            forbidden |= byte == 0 ? 1 : 0
        }
        return forbidden == 0
    }

    /// Copies a value; returns `false` if it has CR, LF, NUL or another control character except TAB.
    @inline(__always)
    func copyValue(_ value: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) -> Bool {
        if value.count >= 8 { return unsafe HeaderText.copy(value, to: target, where: HeaderText.areForbiddenInValues) }
        var short: UInt64 = 0
        for index in 0..<value.count {
            unsafe target[index] = value[index]
            short = unsafe short << 8 | UInt64(value[index])
        }
        // The missing bytes are filled with blanks, which are allowed.
        return HeaderText.areForbiddenInValues(short | (0x2020_2020_2020_2020 << UInt64(8 * value.count))) == 0
    }

    // MARK: - Eight at a time

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let upperBits: UInt64 = 0x80 * ones

    /// Copies a value of at least eight bytes, eight at a time; the last eight may overlap the previous ones.
    ///
    /// - Returns: whether `marks` was 0 for all of them.
    @inline(__always)
    private static func copy(
        _ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>, where marks: (UInt64) -> UInt64
    ) -> Bool {
        let target = UnsafeMutableRawPointer(target)
        var found: UInt64 = 0
        let last = bytes.count - 8
        var at = 0
        while at < last {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            unsafe target.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
            found |= marks(word)
            at += 8
        }
        let word = unsafe bytes.loadUnaligned(fromByteOffset: last, as: UInt64.self)
        unsafe target.storeBytes(of: word, toByteOffset: last, as: UInt64.self)
        return found | marks(word) == 0
    }

    /// Marks the upper bit of each byte other than `a` to `z` and `-`, which nearly all names consist of.
    @inline(__always)
    private static func areUnusualInNames(_ word: UInt64) -> UInt64 {
        let low = word & ~upperBits
        let letters = (low &+ (0x80 - 0x61) * ones) & ~(low &+ (0x80 - 0x7b) * ones)
        let dashes = ~((low ^ 0x2d * ones) &+ 0x7f * ones)
        return (~(letters | dashes) | word) & upperBits
    }

    /// Marks the upper bit of each byte below a blank, except TAB, and of DEL.
    @inline(__always)
    private static func areForbiddenInValues(_ word: UInt64) -> UInt64 {
        let low = word & ~upperBits
        let controls = ~(low &+ (0x80 - 0x20) * ones)
        let tabs = ~((low ^ 0x09 * ones) &+ 0x7f * ones)
        let deletes = low &+ ones
        return ((controls & ~tabs) | deletes) & ~word & upperBits
    }
}
