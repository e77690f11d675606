import Mailbox
import PythonAPI

/// A problem with a request's head that HTTP forbids.
enum HeadProblem {
    case name(String)
    /// The value of a header, or of another field, is invalid; `nil` if the field is missing.
    case value(String?)

    var code: String {
        switch self {
        case .name: "ERR_ASGI_INVALID_HEADER_NAME"
        case .value: "ERR_ASGI_INVALID_HEADER_VALUE"
        }
    }

    var description: String {
        switch self {
        case .name(let name): "Invalid header name: \(name)"
        case .value(.some(let value)):
            "Invalid header value: \(HeadProblem.quoted(value)), expected Latin-1 without control characters"
        case .value(nil): "Invalid header value: it is missing"
        }
    }
}

extension HeadProblem {
    /// A text as a JSON string.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\r": quoted += "\\r"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// One shape of request heads, and the fields of the last head with this shape.
///
/// Owns Python objects until `clear`.
///
/// `@safe` because it owns the memory; the pointers that it returns are unsafe types.
@safe final class RequestShape {
    /// The number of headers.
    let count: Int
    /// The headers' names in lower case; `nil` for an invalid name.
    private var names = OwnedArray<PyOwned?>()
    /// The headers of the last head as pairs; `nil` for an invalid value.
    private var pairs = OwnedArray<PyOwned?>()
    /// The fields before the headers.
    private let fields: UnsafeMutablePointer<RawBuffer<UInt8>>
    /// A bit for each invalid field.
    private var forbiddenFields: UInt32 = 0
    /// The decoded target, valid while target and root path stay the same.
    private var target: Target?
    /// The invalid values by the index of their header.
    private var forbiddenValues: [Int: String] = [:]
    /// Whether the head may have an invalid or missing field.
    private var isSuspect = true
    /// The problem with the last head.
    private(set) var problem: HeadProblem?

    /// A target's path, raw path and query.
    struct Target: ~Copyable {
        let path, rawPath: PyOwned
        let query: PyOwned?
    }

    init(_ count: Int) {
        self.count = count
        for _ in 0..<count {
            names.append(nil)
            pairs.append(nil)
        }
        unsafe fields = .allocate(capacity: Command.Field.count)
        for index in 0..<Command.Field.count { unsafe (fields + index).initialize(to: RawBuffer(capacity: 64)) }
    }

    deinit {
        unsafe fields.deinitialize(count: Command.Field.count)
        unsafe fields.deallocate()
    }

    /// A field of `Command.Field`; valid until the next head is read.
    @inline(__always)
    subscript(field: Int) -> UnsafeRawBufferPointer { unsafe fields[field].bytes }

    // MARK: - Reading

    /// Reads a head of this shape. `problem` says whether it is valid.
    @inline(__always)
    func read(_ head: inout HeadReader, _ text: HeaderText, _ py: borrowing Python) throws(PyError) {
        do throws(PyError) {
            if head.definesNames { try readNames(&head, text, py) }
            for index in 0..<Command.Field.count where head.isSent(index) {
                unsafe readField(index, head.next(), text, py)
            }
            for index in 0..<count where head.isSent(Command.Field.count + index) {
                try unsafe readValue(index, head.next(), text, py)
            }
        } catch {
            isSuspect = true
            throw error
        }
        if isSuspect { validate() }
    }

    private func readNames(_ head: inout HeadReader, _ text: HeaderText, _ py: borrowing Python) throws(PyError) {
        for index in 0..<count {
            let given = unsafe head.next()
            let name = try PyOwned.bytes(count: given.count, py)
            if unsafe text.copyName(given, to: try name.newMemory(py)) {
                names[index] = consume name
            } else if problem == nil {
                problem = unsafe .name(String(decoding: given, as: UTF8.self))
            }
        }
    }

    @inline(__always)
    private func readField(_ index: Int, _ given: UnsafeRawBufferPointer, _ text: HeaderText, _ py: borrowing Python) {
        unsafe fields[index].shrink(to: 0)
        forbiddenFields &= ~(1 << UInt32(index))
        if unsafe !text.copyValue(given, to: fields[index].extend(by: given.count)) {
            forbiddenFields |= 1 << UInt32(index)
            isSuspect = true
        }
        // An empty target is invalid.
        if unsafe given.isEmpty { isSuspect = true }
        if index <= Command.Field.rootPath { forgetTarget(py) }
    }

    @inline(__always)
    private func readValue(
        _ index: Int, _ given: UnsafeRawBufferPointer, _ text: HeaderText, _ py: borrowing Python
    ) throws(PyError) {
        _ = pairs[index].take()
        let value = try PyOwned.bytes(count: given.count, py)
        guard unsafe text.copyValue(given, to: try value.newMemory(py)), let name = names[index].owned(py) else {
            isSuspect = true
            forbiddenValues[index] = unsafe String(given.map { Character(UnicodeScalar($0)) })
            return
        }
        pairs[index] = try PyOwned.pair(name, value, py)
    }

    /// Looks for an invalid or missing field.
    private func validate() {
        if case .name = problem { return }
        problem = nil
        if forbiddenFields != 0 {
            let text = unsafe fields[forbiddenFields.trailingZeroBitCount].bytes
            problem = unsafe .value(String(text.map { Character(UnicodeScalar($0)) }))
        } else if unsafe self[Command.Field.target].isEmpty {
            problem = .value(nil)
        } else if let index = (0..<count).first(where: { !pairs[$0].isPresent }) {
            problem = .value(forbiddenValues[index])
        } else {
            forbiddenValues = [:]
        }
        isSuspect = problem != nil
    }

    // MARK: - Objects for the scope

    /// The headers as a new list of pairs. There must be no `problem`.
    @inline(__always)
    func list(_ py: borrowing Python) throws(PyError) -> PyOwned {
        let list = try PyOwned.list(count: count, py)
        for index in 0..<count {
            // Each pair exists, because no value is invalid.
            list.fillList(index, with: pairs[index].ref!.owned(py), py)
        }
        return list
    }

    /// Passes the decoded target to `use`; `make` decodes it if necessary.
    @inline(__always)
    func withTarget(
        madeBy make: () throws(PyError) -> Target, _ use: (borrowing Target) throws(PyError) -> Void
    ) throws(PyError) {
        if !isTargetKnown { target = try make() }
        // No code runs meanwhile that could clear it: the keys are `str`, and growing a dict does not start the garbage
        // collector.
        switch target {
        case .some(let known): try use(known)
        case .none: break
        }
    }

    private var isTargetKnown: Bool {
        switch target {
        case .some: true
        case .none: false
        }
    }

    private func forgetTarget(_ py: borrowing Python) { _ = target.take() }

    /// Releases all Python objects.
    func clear(_ py: borrowing Python) {
        forgetTarget(py)
        for index in 0..<count {
            _ = pairs[index].take()
            _ = names[index].take()
        }
        isSuspect = true
    }
}
