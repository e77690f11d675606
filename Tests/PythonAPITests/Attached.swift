import TestHost

@testable import ASGIHost
@testable import PythonAPI

/// Runs `body` where Python may be touched: on the one thread that is attached. Waits for its result.
///
/// - Throws: `TestFailure` with the exception, its type and its traceback.
func attached<Value: Sendable>(
    _ body: @escaping @Sendable (borrowing Python) throws(PyError) -> Value
) throws -> Value {
    let outcome = OneShot<Result<Value, TestFailure>>()
    let call = Control.call { context, py in
        do throws(PyError) {
            outcome.fulfill(.success(try body(py)))
        } catch {
            outcome.fulfill(.failure(TestFailure(context.bootstrap.describe(PyError.take(py), py))))
        }
    }
    try TestHost.get().submit(call)
    return try outcome.wait().get()
}

/// Python code of a test.
enum Script {
    /// Runs `source` and returns its names.
    static func run(_ source: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let names = try PyOwned.dict(py)
        try run(source, in: names, py)
        return names
    }

    /// Runs `source` in a namespace.
    static func run(_ source: String, in names: borrowing some PyAny, _ py: borrowing Python) throws(PyError) {
        try names.set(named: "__builtins__", py.builtins, py)
        try names.run(Array(source.utf8), named: "test", py)
    }

    /// The value of an expression.
    static func value(_ expression: String, _ py: borrowing Python) throws(PyError) -> PyOwned {
        let names = try run("value = \(expression)", py)
        return try value("value", in: names, py)
    }

    /// The value of a name.
    static func value(
        _ name: String, in names: borrowing some PyAny, _ py: borrowing Python
    ) throws(PyError) -> PyOwned {
        let key = try PyOwned.string(name, py)
        guard let found = try names.item(key, py) else { throw PyError.raise(.key, name, py) }
        return found.owned(py)
    }
}

extension PyReference where Self: ~Copyable & ~Escapable {
    /// How many references there are, as `sys.getrefcount` counts them.
    func references(_ py: borrowing Python) throws(PyError) -> Int {
        let sys = try PyOwned.module("sys", py)
        return try sys.attribute("getrefcount", py).call(self, py).int(py)
    }
}

extension PyError {
    /// The class and text of the exception that `body` throws; `nil` when it throws none.
    static func text(
        _ py: borrowing Python, of body: (borrowing Python) throws(PyError) -> Void
    ) throws(PyError) -> String? {
        do throws(PyError) {
            try body(py)
            return nil
        } catch {
            let exception = PyError.take(py)
            return "\(try exception.typeName(py)): \(try exception.description(py))"
        }
    }
}
