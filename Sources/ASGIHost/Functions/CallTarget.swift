import PythonAPI

/// The function that a call names, and the options of the call.
///
/// `@safe` because its octets have unsafe types themselves.
@safe struct CallTarget {
    /// The call's options: `ValueKind.Call` bits.
    let bits: UInt8
    /// The bits and the name: the key under which the function is cached.
    let key: UnsafeRawBufferPointer
    /// File and attribute, separated by a NUL, in UTF-8.
    let name: UnsafeRawBufferPointer

    /// Reads the beginning of a call. The reader is then at the arguments.
    init(_ octets: UnsafeRawBufferPointer, _ reader: inout ValueReader, _ py: borrowing Python) throws(PyError) {
        bits = try reader.byte(py)
        let length = try reader.count(py)
        unsafe name = try unsafe reader.take(length, py)
        unsafe key = UnsafeRawBufferPointer(rebasing: octets[..<(5 + length)])
    }

    /// Whether the call only checks that the function exists.
    var onlyFinds: Bool { bits & ValueKind.Call.onlyFinds != 0 }

    /// Whether a `def` function runs on the event loop.
    var isInline: Bool { bits & ValueKind.Call.inline != 0 }

    /// The file as a `str`.
    func file(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.string(utf8: UnsafeRawBufferPointer(rebasing: name[..<fileEnd]), py)
    }

    /// The attribute as a `str`.
    func attribute(_ py: borrowing Python) throws(PyError) -> PyOwned {
        try unsafe PyOwned.string(utf8: UnsafeRawBufferPointer(rebasing: name[min(fileEnd + 1, name.count)...]), py)
    }

    private var fileEnd: Int { unsafe name.firstIndex(of: 0) ?? name.count }
}
