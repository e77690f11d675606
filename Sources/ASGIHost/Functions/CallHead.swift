import PythonAPI

/// The beginning of a call of a plain function, before its arguments.
///
/// `@safe` because its octets have unsafe types themselves.
@safe struct CallHead {
    /// The call's options: `ValueKind.Call` bits.
    let bits: UInt8
    /// The bits and the target, the key under which the function is cached.
    let key: UnsafeRawBufferPointer
    /// File and attribute, separated by a NUL, in UTF-8.
    let target: UnsafeRawBufferPointer

    /// Reads a call's head. The reader is then at the arguments.
    init(_ octets: UnsafeRawBufferPointer, _ reader: inout ValueReader, _ py: borrowing Python) throws(PyError) {
        bits = try reader.byte(py)
        let length = try reader.count(py)
        unsafe target = try unsafe reader.take(length, py)
        unsafe key = UnsafeRawBufferPointer(rebasing: octets[..<(5 + length)])
    }

    /// Whether the call only checks that the function exists.
    var onlyFinds: Bool { bits & ValueKind.Call.onlyFinds != 0 }

    /// Whether a `def` function runs on the event loop.
    var isInline: Bool { bits & ValueKind.Call.inline != 0 }

    /// The file as a `str`.
    func file(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.string(utf8: UnsafeRawBufferPointer(rebasing: target[..<fileEnd]), py)
    }

    /// The attribute as a `str`.
    func attribute(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.string(utf8: UnsafeRawBufferPointer(rebasing: target[min(fileEnd + 1, target.count)...]), py)
    }

    private var fileEnd: Int { unsafe target.firstIndex(of: 0) ?? target.count }
}
