import PythonAPI
import Testing

@Suite("PyError", .exclusive)
struct PyErrorTests {
    @Test(
        "Each kind becomes Python's exception with its text",
        arguments: [
            (PyError.Kind.runtime, "RuntimeError: é"), (.type, "TypeError: é"), (.value, "ValueError: é"),
            (.key, "KeyError: 'é'"),
        ])
    func kinds(_ kind: PyError.Kind, _ text: String) throws {
        let found = try attached { py throws(PyError) in
            try PyError.text(py) { py throws(PyError) in throw PyError.raise(kind, "é", py) }
        }
        #expect(found == text)
    }

    @Test("An exception is no longer pending after it was taken")
    func taken() throws {
        let (before, after) = try attached { py throws(PyError) in
            _ = PyError.raise(.value, "x", py)
            let before = PyError.isPending(py)
            _ = PyError.take(py)
            return (before, PyError.isPending(py))
        }
        #expect(before && !after)
    }

    @Test("An exception is no longer pending after it was cleared")
    func cleared() throws {
        let isPending = try attached { py throws(PyError) in
            _ = PyError.raise(.value, "x", py)
            PyError.clear(py)
            return PyError.isPending(py)
        }
        #expect(!isPending)
    }

    @Test("An exception of any class is raised with a text")
    func anyClass() throws {
        let text = try attached { py throws(PyError) in
            let type = try Script.value("type('OwnError', (Exception,), {})", py)
            return try PyError.text(py) { py throws(PyError) in throw PyError.raise(type, "own", py) }
        }
        #expect(text == "OwnError: own")
    }

    @Test("An existing exception is raised itself")
    func instance() throws {
        let (isSame, before, after) = try attached { py throws(PyError) in
            let exception = try Script.value("LookupError('here')", py)
            let before = try exception.references(py)
            _ = PyError.raise(instance: exception, py)
            let isSame = PyError.take(py).raw == exception.raw
            return (isSame, before, try exception.references(py))
        }
        #expect(isSame)
        #expect(before == after)
    }

    @Test("An exception of Python code is taken as an instance, with its traceback")
    func traceback() throws {
        let (type, hasTraceback) = try attached { py throws(PyError) in
            let function = try Script.value("lambda: 1 / 0", py)
            do throws(PyError) {
                _ = try function.call(py)
                return ("nothing", false)
            } catch {
                let exception = PyError.take(py)
                return (try exception.typeName(py), !(try exception.attribute("__traceback__", py).isNone))
            }
        }
        #expect(type == "ZeroDivisionError")
        #expect(hasTraceback)
    }

    @Test("Taking without a pending exception reports that CPython's rules were broken")
    func nothing() throws {
        let text = try attached { py throws(PyError) in try PyError.take(py).description(py) }
        #expect(text == "<class 'SystemError'>")
    }

    @Test("The pending exception matches its class and base classes, and no other class")
    func matches() throws {
        let answers = try attached { py throws(PyError) in
            let classes = try Script.run(
                "own, base, other = KeyError, LookupError, ValueError", py)
            let own = try Script.value("own", in: classes, py)
            let base = try Script.value("base", in: classes, py)
            let other = try Script.value("other", in: classes, py)
            _ = PyError.raise(.key, "x", py)
            defer { PyError.clear(py) }
            return [PyError.matches(own, py), PyError.matches(base, py), PyError.matches(other, py)]
        }
        #expect(answers == [true, true, false])
    }

    @Test("An exception that no caller can handle goes to sys.unraisablehook")
    func unraisable() throws {
        let text = try attached { py throws(PyError) in
            let names = try Script.run(
                """
                import sys
                seen = []
                before = sys.unraisablehook
                sys.unraisablehook = lambda it: seen.append(f'{it.exc_value} in {it.object}')
                """, py)
            _ = PyError.raise(.value, "lost", py)
            PyError.writeUnraisable(py.none, py)
            try Script.run("sys.unraisablehook = before", in: names, py)
            return try Script.value("seen", in: names, py).description(py)
        }
        #expect(text == "['lost in None']")
    }

    @Test("An exception that passes through a native function keeps its traceback and is raised once")
    func throughNative() throws {
        let text = try attached { py throws(PyError) in
            let names = try Script.run(
                """
                def fail():
                    raise ValueError('inside')

                def call(native):
                    try:
                        native()
                    except ValueError as error:
                        frames, trace = [], error.__traceback__
                        while trace:
                            frames.append(trace.tb_frame.f_code.co_name)
                            trace = trace.tb_next
                        return f'{error} {frames} {error.__context__}'
                """, py)
            let fail = try Script.value("fail", in: names, py)
            let native = try PyErrorTests.callReceiver.bound(to: fail, py)
            return try Script.value("call", in: names, py).call(native, py).string(py)
        }
        #expect(text == "inside ['call', 'fail'] None")
    }

    private static let callReceiver = PyFunction.noArguments("call") { receiver, _ in
        Python.enter { py throws(PyError) in try PyRef(receiver!).call(py) }
    }
}
