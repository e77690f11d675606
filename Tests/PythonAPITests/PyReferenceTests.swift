import PythonAPI
import Testing

@Suite("Counts of references", .exclusive)
struct PyReferenceTests {
    /// An operation with an object that must not change its number of references.
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let perform: @Sendable (PyRef, borrowing Python) throws(PyError) -> Void

        init(_ title: String, _ perform: @escaping @Sendable (PyRef, borrowing Python) throws(PyError) -> Void) {
            testDescription = title
            self.perform = perform
        }
    }

    static let operations = [
        Operation("a second reference") { object, py in _ = object.owned(py) },
        Operation("a pointer that is taken and stolen again") { object, py in
            _ = PyOwned(stealing: object.owned(py).take())
        },
        Operation("a dictionary's value") { object, py throws(PyError) in
            let dict = try PyOwned.dict(py)
            try dict.set(try PyOwned.string("key", py), object, py)
        },
        Operation("a dictionary's key and value, looked up") { object, py throws(PyError) in
            let dict = try PyOwned.dict(py)
            try dict.set(object, object, py)
            for _ in 0..<10 { _ = try dict.item(object, py) }
        },
        Operation("a pair") { object, py throws(PyError) in
            _ = try PyOwned.pair(object.owned(py), object.owned(py), py)
        },
        Operation("an argument of a call") { object, py throws(PyError) in
            let identity = try Script.value("lambda value: value", py)
            _ = try identity.call(object, py)
        },
        Operation("two and three arguments of a call") { object, py throws(PyError) in
            let last = try Script.value("lambda *values: values[-1]", py)
            _ = try last.call(object, object, py)
            _ = try last.call(object, object, object, py)
        },
        Operation("arguments by name") { object, py throws(PyError) in
            let arguments = try PyOwned.pair(object.owned(py), object.owned(py), py)
            let named = try PyOwned.dict(py)
            try named.set(try PyOwned.interned("a", py), object, py)
            _ = try Script.value("lambda *values, a: a", py).call(arguments: arguments, named: named, py)
        },
        Operation("a call that raises") { object, py throws(PyError) in
            let function = try Script.value("lambda value: value.nothing", py)
            _ = try PyError.text(py) { py throws(PyError) in _ = try function.call(object, py) }
        },
        Operation("the receiver and the argument of a method") { object, py throws(PyError) in
            _ = try object.callMethod(try PyOwned.interned("__str__", py), py)
            _ = try object.callMethod(try PyOwned.interned("__eq__", py), object, py)
        },
        Operation("an attribute, there or not") { object, py throws(PyError) in
            _ = try object.attribute("__class__", py)
            _ = try PyError.text(py) { py throws(PyError) in _ = try object.attribute("nothing", py) }
        },
        Operation("its text and its class' name") { object, py throws(PyError) in
            _ = try object.description(py)
            _ = try object.typeName(py)
        },
        Operation("its truth and its class") { object, py throws(PyError) in
            _ = try object.isTrue(py)
            let type = try Script.value("object", py)
            _ = object.isExactly(type, py)
        },
        Operation("a bound function's receiver") { object, py throws(PyError) in
            _ = try PyReferenceTests.identity.bound(to: object, py)
        },
        Operation("a bound function's result") { object, py throws(PyError) in
            _ = try PyReferenceTests.identity.bound(to: object, py).call(py)
        },
        Operation("reading it as other types") { object, py throws(PyError) in
            _ = try PyError.text(py) { py throws(PyError) in _ = try object.int(py) }
            _ = try PyError.text(py) { py throws(PyError) in _ = try object.bytes(py) }
            _ = try PyError.text(py) { py throws(PyError) in _ = try object.utf8(py) }
        },
    ]

    @Test("An object has as many references afterwards as before", arguments: operations)
    func balanced(_ operation: Operation) throws {
        let (before, after) = try attached { py throws(PyError) in
            let object = try Script.value("object()", py)
            let before = try object.references(py)
            for _ in 0..<3 { try operation.perform(object.ref, py) }
            return (before, try object.references(py))
        }
        #expect(before == after)
    }

    @Test("None, True and False have as many references afterwards as before", arguments: ["None", "True", "False"])
    func constants(_ name: String) throws {
        // Python's own code changes these counts as well, so many rounds make a leak larger than that.
        let (before, after) = try attached { py throws(PyError) in
            let object = try Script.value(name, py)
            let before = try object.references(py)
            for _ in 0..<10_000 {
                _ = object.owned(py)
                _ = py.none.owned(py)
                _ = py.bool(true).owned(py)
                _ = py.bool(false).owned(py)
            }
            return (before, try object.references(py))
        }
        #expect(abs(after - before) < 1000)
    }

    @Test("Temporary objects are freed")
    func freed() throws {
        let (before, after) = try attached { py throws(PyError) in
            let names = try Script.run("import gc, tracemalloc; tracemalloc.start()", py)
            for _ in 0..<10 { try PyReferenceTests.makeAndDrop(py) }
            let before = try PyReferenceTests.tracedSize(names.ref, py)
            for _ in 0..<10_000 { try PyReferenceTests.makeAndDrop(py) }
            let after = try PyReferenceTests.tracedSize(names.ref, py)
            try Script.run("tracemalloc.stop()", in: names, py)
            return (before, after)
        }
        #expect(after - before < 100_000)
    }

    private static func makeAndDrop(_ py: borrowing Python) throws(PyError) {
        let dict = try PyOwned.dict(py)
        let pair = try PyOwned.pair(try PyOwned.string("name", py), try PyOwned.int(1 << 40, py), py)
        try dict.set(pair, try PyOwned.bytes(UnsafeRawBufferPointer(start: nil, count: 0), py), py)
        _ = try dict.description(py)
    }

    private static func tracedSize(_ names: PyRef, _ py: borrowing Python) throws(PyError) -> Int {
        try Script.run("gc.collect(); size = tracemalloc.get_traced_memory()[0]", in: names, py)
        return try Script.value("size", in: names, py).int(py)
    }

    private static let identity = PyFunction.noArguments("identity") { receiver, _ in
        Python.enter { py in PyRef(receiver!).owned(py) }
    }
}
