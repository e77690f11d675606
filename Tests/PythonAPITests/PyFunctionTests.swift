import PythonAPI
import Synchronization
import Testing

@Suite("Calls in both directions", .exclusive)
struct PyFunctionTests {
    /// Reports when it is freed.
    private final class Receiver {
        static let count = Atomic<Int>(0)
        let name: String

        init(_ name: String) {
            self.name = name
            Receiver.count.add(1, ordering: .relaxed)
        }

        deinit { Receiver.count.subtract(1, ordering: .relaxed) }
    }

    private static let name = PyFunction.noArguments("name") { capsule, _ in
        Python.enter { py throws(PyError) in try PyOwned.string(PyRef(capsule!).object(as: Receiver.self).name, py) }
    }

    private static let double = PyFunction.oneArgument("double") { _, value in
        Python.enter { py throws(PyError) in try PyOwned.int(try PyRef(value!).int(py) * 2, py) }
    }

    /// Returns its arguments as text.
    private static let describe = PyFunction.anyArguments("describe") { _, arguments, count, names in
        Python.enter { py throws(PyError) in
            var texts: [String] = []
            for index in 0..<count { texts.append(try PyRef(arguments![index]!).description(py)) }
            if let names {
                let names = PyRef(names)
                texts.append("by name: \(try names.description(py))")
                let many = try Script.value("len", py).call(names, py).int(py)
                for index in count..<(count + many) { texts.append(try PyRef(arguments![index]!).description(py)) }
            }
            return try PyOwned.string(texts.joined(separator: ", "), py)
        }
    }

    @Test("A native function reaches the Swift object that it is bound to")
    func receiver() throws {
        let text = try attached { py throws(PyError) in
            let capsule = try PyOwned.capsule(Receiver("Swift"), py)
            return try PyFunctionTests.name.bound(to: capsule, py).call(py).string(py)
        }
        #expect(text == "Swift")
    }

    @Test("A capsule keeps its object alive, and releases it when Python frees the capsule")
    func capsule() throws {
        let counts = try attached { py throws(PyError) in
            let before = Receiver.count.load(ordering: .relaxed)
            var counts: [Int] = []
            do {
                let function = try PyFunctionTests.name.bound(to: try PyOwned.capsule(Receiver("x"), py), py)
                counts.append(Receiver.count.load(ordering: .relaxed) - before)
                _ = try function.call(py)
                counts.append(Receiver.count.load(ordering: .relaxed) - before)
            }
            counts.append(Receiver.count.load(ordering: .relaxed) - before)
            return counts
        }
        #expect(counts == [1, 1, 0])
    }

    @Test(
        "CPython itself refuses the wrong number of arguments",
        arguments: [("double()", "TypeError"), ("double(1, 2)", "TypeError"), ("double(value=1)", "TypeError")])
    func wrongCount(_ call: String, _ type: String) throws {
        let text = try attached { py throws(PyError) in
            let names = try Script.run("", py)
            let function = try PyFunctionTests.double.bound(to: py.none, py)
            try names.set(try PyOwned.string("double", py), function, py)
            return try PyError.text(py) { py throws(PyError) in try Script.run(call, in: names, py) }
        }
        #expect(text?.hasPrefix(type) == true)
    }

    @Test(
        "A function with any arguments gets them in their order, those by name last",
        arguments: [
            ("describe()", ""), ("describe(1)", "1"), ("describe(1, 'a')", "1, a"),
            ("describe(1, key=2)", "1, by name: ('key',), 2"), ("describe(b=1, a=2)", "by name: ('b', 'a'), 1, 2"),
            ("describe(*[1, 2], **{'x': 3})", "1, 2, by name: ('x',), 3"),
        ])
    func anyArguments(_ call: String, _ expected: String) throws {
        let text = try attached { py throws(PyError) in
            let names = try Script.run("", py)
            let function = try PyFunctionTests.describe.bound(to: py.none, py)
            try names.set(try PyOwned.string("describe", py), function, py)
            try Script.run("answer = \(call)", in: names, py)
            return try Script.value("answer", in: names, py).string(py)
        }
        #expect(text == expected)
    }

    @Test("An error that a native function throws becomes Python's exception")
    func throwing() throws {
        let text = try attached { py throws(PyError) in
            let function = try PyFunctionTests.double.bound(to: py.none, py)
            return try PyError.text(py) { py throws(PyError) in
                _ = try function.call(try PyOwned.string("no number", py), py)
            }
        }
        #expect(text?.hasPrefix("TypeError") == true)
    }

    @Test("Any number of arguments arrive in order")
    func arguments() throws {
        let texts = try attached { py throws(PyError) in
            let list = try Script.value("lambda *values, **named: str((values, named))", py)
            let a = try PyOwned.int(1, py)
            let b = try PyOwned.int(2, py)
            let c = try PyOwned.int(3, py)
            let several = try Script.value("(1, 2)", py)
            let named = try Script.value("{'x': 3}", py)
            return [
                try list.call(py).string(py), try list.call(a, py).string(py), try list.call(a, b, py).string(py),
                try list.call(a, b, c, py).string(py),
                try list.call(arguments: several, named: named, py).string(py),
            ]
        }
        #expect(
            texts == [
                "((), {})", "((1,), {})", "((1, 2), {})", "((1, 2, 3), {})", "((1, 2), {'x': 3})",
            ])
    }

    @Test("Methods are called with their receiver")
    func methods() throws {
        let texts = try attached { py throws(PyError) in
            let text = try PyOwned.string("banana", py)
            let a = try PyOwned.string("a", py)
            let o = try PyOwned.string("o", py)
            return [
                try text.callMethod(try PyOwned.interned("upper", py), py).string(py),
                try text.callMethod(try PyOwned.interned("count", py), a, py).description(py),
                try text.callMethod(try PyOwned.interned("replace", py), a, o, py).string(py),
            ]
        }
        #expect(texts == ["BANANA", "3", "bonono"])
    }
}
