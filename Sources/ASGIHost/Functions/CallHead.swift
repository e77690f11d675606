import PythonAPI

/// What the call of a plain function says before its arguments.
///
/// `@safe` because its octets say themselves that they are unsafe to keep.
@safe struct CallHead {
    /// `ValueKind.Call` bits.
    let bits: UInt8
    /// How the function is named, with the bits in front: what it is known by.
    let key: UnsafeRawBufferPointer
    /// File and attribute with a NUL in between, in UTF-8.
    let target: UnsafeRawBufferPointer

    /// Reads it; the arguments follow.
    init(_ octets: UnsafeRawBufferPointer, _ reader: inout ValueReader, _ py: borrowing Python) throws(PyError) {
        bits = try reader.byte(py)
        let length = try reader.count(py)
        unsafe target = try unsafe reader.take(length, py)
        unsafe key = UnsafeRawBufferPointer(rebasing: octets[..<(5 + length)])
    }

    /// Whether the function is only looked for.
    var finds: Bool { bits & ValueKind.Call.finds != 0 }

    /// Whether a `def` runs on the event loop.
    var isInline: Bool { bits & ValueKind.Call.inline != 0 }

    /// The file, as Python has it.
    func file(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.string(utf8: UnsafeRawBufferPointer(rebasing: target[..<fileEnd]), py)
    }

    /// The attribute.
    func attribute(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.string(utf8: UnsafeRawBufferPointer(rebasing: target[min(fileEnd + 1, target.count)...]), py)
    }

    private var fileEnd: Int { unsafe target.firstIndex(of: 0) ?? target.count }
}
