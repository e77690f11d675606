import Mailbox
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The plain functions in one application's docroot. Executes their calls on the event loop's thread.
///
/// A `def` function that runs on the loop is called as soon as its command is read, in its own context and without a
/// task, because it cannot wait. All other calls become exchanges, with `Functions` (functions.py) as their
/// application.
final class FunctionCalls {
    /// The docroot's `Functions` object.
    let functions: PyOwned
    private let context: LoopContext
    private var known = OwnedArray<Known>()

    /// A function that was found.
    private struct Known: ~Copyable {
        /// The `CallTarget.key`.
        let key: [UInt8]
        /// The callable for a direct call; `nil` for a function that needs a task or a thread.
        let callable: PyOwned?
    }

    /// The result of `perform`.
    enum Outcome: ~Copyable {
        /// The call is complete, and its answer is written.
        case answered
        /// The call needs a task. The value is the scope to call `functions` with.
        case needsTask(PyOwned)
    }

    init(docroot: String, _ context: LoopContext, _ py: borrowing Python) throws(PyError) {
        self.context = context
        functions = try context.bootstrap.call("Functions", try PyOwned.path(docroot, py), py)
    }

    /// Executes a call and writes its answer, or reads it for an exchange.
    ///
    /// - Parameters:
    ///   - octets: the call, as value-writer.js encodes it; valid until this returns.
    ///   - pieces: the blocks that the call refers to.
    ///   - slot: the slot of the answer.
    /// - Throws: the Python exception for invalid octets.
    func perform(
        _ octets: UnsafeRawBufferPointer, _ pieces: Pieces? = nil, slot: UInt32, of table: ExchangeTable,
        _ py: borrowing Python
    ) throws(PyError) -> Outcome {
        var reader = unsafe ValueReader(octets, pieces, context.values.arrays)
        let target = try unsafe CallTarget(octets, &reader, py)
        let found: PyOwned?
        do throws(PyError) {
            found = try find(target, py)
        } catch {
            fail(PyError.take(py), slot, table, py)
            return .answered
        }
        if target.onlyFinds {
            do throws(PyError) {
                try context.values.send(py.none, isAlone: true, slot: slot, to: table, py)
            } catch {
                fail(PyError.take(py), slot, table, py)
            }
            return .answered
        }
        guard let callable = found else { return .needsTask(try scope(target, &reader, nil, py)) }
        let arguments = try reader.tuple(try reader.count(py), py)
        let hasNames = try reader.peekCount(py) > 0
        let named = hasNames ? try reader.dict(0, py) : nil
        do throws(PyError) {
            let value = try call(callable, arguments, named, py)
            if !context.values.isPlain(value, py), try context.bootstrap.call("needs_task", value, py).isTrue(py) {
                return .needsTask(try scope(target, &reader, value.owned(py), py))
            }
            try context.values.send(value, isAlone: true, slot: slot, to: table, py)
        } catch {
            fail(PyError.take(py), slot, table, py)
        }
        return .answered
    }

    /// Reads a call for an exchange, without calling anything.
    func scope(_ octets: UnsafeRawBufferPointer, _ pieces: Pieces?, _ py: borrowing Python) throws(PyError) -> PyOwned {
        var reader = unsafe ValueReader(octets, pieces, context.values.arrays)
        let target = try unsafe CallTarget(octets, &reader, py)
        return try scope(target, &reader, nil, py)
    }

    /// - Parameter value: what the function has returned, if it was called.
    private func scope(
        _ target: CallTarget, _ reader: inout ValueReader, _ value: consuming PyOwned?, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let scope = try PyOwned.dict(py)
        try scope.set(named: "file", try target.file(py), py)
        try scope.set(named: "attribute", try target.attribute(py), py)
        try scope.set(named: "inline", py.bool(target.isInline).owned(py), py)
        try scope.set(named: "only_finds", py.bool(target.onlyFinds).owned(py), py)
        if let value {
            try scope.set(named: "value", value, py)
        } else {
            try scope.set(named: "args", try reader.tuple(try reader.count(py), py), py)
            try scope.set(named: "kwargs", try reader.dict(0, py), py)
            guard reader.isAtEnd else { throw reader.broken(py) }
        }
        return scope
    }

    // MARK: - Functions

    /// The callable of a function, owned during the call even if the application is closed meanwhile; `nil` for a
    /// function that needs a task or a thread.
    ///
    /// - Throws: why there is no such function. The next call looks for it again.
    private func find(_ target: CallTarget, _ py: borrowing Python) throws(PyError) -> PyOwned? {
        for index in 0..<known.count where unsafe known[index].key.equals(target.key) {
            // Functions that are called often move to the front.
            if index > 0 { known.swapAt(index, index - 1) }
            return known[max(0, index - 1)].callable.owned(py)
        }
        let found = try functions.attribute("callable_for", py).call(
            try target.file(py), try target.attribute(py), py.bool(target.isInline), py)
        if found.isNone {
            unsafe known.append(Known(key: Array(target.key), callable: nil))
            return nil
        }
        unsafe known.append(Known(key: Array(target.key), callable: found.owned(py)))
        return found
    }

    /// Calls a function in a new context, as a task's first step would.
    private func call(
        _ callable: borrowing PyOwned, _ arguments: borrowing PyOwned, _ named: borrowing PyOwned?,
        _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let variables = try PyOwned.copiedContext(py)
        try variables.enterContext(py)
        let result: PyOwned
        do throws(PyError) {
            result =
                switch named {
                case .some(let named): try callable.call(arguments: arguments, named: named, py)
                case .none: try callable.call(arguments: arguments, py)
                }
        } catch {
            // Taken first, because leaving the context needs to run without an exception set.
            let exception = exception(py)
            leave(variables, py)
            _ = PyError.raise(instance: exception, py)
            if context.isForked { context.endChild(.raises, py) }
            throw error
        }
        leave(variables, py)
        if context.isForked { context.endChild(.returns(result), py) }
        return result
    }

    private func leave(_ variables: borrowing PyOwned, _ py: borrowing Python) {
        do throws(PyError) {
            try variables.exitContext(py)
        } catch {
            PyError.writeUnraisable(variables, py)
        }
    }

    /// The exception that the function has raised. A StopIteration becomes a RuntimeError, as in a task.
    private func exception(_ py: borrowing Python) -> PyOwned {
        guard PyError.matches(.stopIteration, py) else { return PyError.take(py) }
        let stop = PyError.take(py)
        do throws(PyError) {
            return try context.bootstrap.call("stop_iteration_error", stop, py)
        } catch {
            return PyError.take(py)
        }
    }

    private func fail(_ exception: consuming PyOwned, _ slot: UInt32, _ table: ExchangeTable, _ py: borrowing Python) {
        var json = context.bootstrap.describe(exception, py)
        json.withUTF8 { bytes in
            unsafe table.answers.describe(.fail, slot: slot, json: UnsafeRawBufferPointer(bytes))
        }
    }
}

extension [UInt8] {
    /// Whether the array has the same octets.
    fileprivate func equals(_ octets: UnsafeRawBufferPointer) -> Bool {
        guard count == octets.count else { return false }
        return unsafe withUnsafeBytes { unsafe memcmp($0.baseAddress!, octets.baseAddress!, octets.count) == 0 }
    }
}
