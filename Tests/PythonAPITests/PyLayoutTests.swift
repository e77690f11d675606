import Testing

@testable import PythonAPI

@Suite("PyLayout", .exclusive)
struct PyLayoutTests {
    @Test("The version is that of the interpreter")
    func version() throws {
        let (read, expected) = try attached { py throws(PyError) in
            let (major, minor) = PyLayout.version
            let expected = try Script.value("'%d.%d' % __import__('sys').version_info[:2]", py).string(py)
            return ("\(major).\(minor)", expected)
        }
        #expect(read == expected)
    }

    @Test("The header's size is the one that the interpreter reports, and the type is at its end")
    func header() throws {
        let (size, expected, offset) = try attached { py throws(PyError) in
            (PyLayout.objectHeaderSize, try Script.value("object.__basicsize__", py).int(py), PyLayout.typeOffset)
        }
        #expect(size == expected)
        #expect(offset == 0 || offset == size - MemoryLayout<UnsafeRawPointer>.size)
    }

    @Test(
        "The check for an exact class has the same result with and without the direct read of the header",
        arguments: [
            ("[]", "list", true), ("[]", "tuple", false), ("()", "tuple", true), ("True", "bool", true),
            ("True", "int", false), ("type('L', (list,), {})()", "list", false), ("int", "type", true),
            ("None", "type(None)", true),
        ])
    func exactly(_ object: String, _ type: String, _ isExactly: Bool) throws {
        let answers = try attached { py throws(PyError) in
            let object = try Script.value(object, py)
            let type = try Script.value(type, py)
            let offset = PyLayout.typeOffset
            // No other Python code runs meanwhile, because this thread is attached.
            defer { PyLayout.typeOffset = offset }
            let byHeader = object.isExactly(type, py)
            PyLayout.typeOffset = 0
            return [byHeader, object.isExactly(type, py)]
        }
        #expect(answers == [isExactly, isExactly])
    }
}
