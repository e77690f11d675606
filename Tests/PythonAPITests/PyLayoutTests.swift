import Testing

@testable import PythonAPI

@Suite("PyLayout", .exclusive)
struct PyLayoutTests {
    @Test("The version is the interpreter's")
    func version() throws {
        let (read, told) = try attached { py throws(PyError) in
            let (major, minor) = PyLayout.version
            let told = try Script.value("'%d.%d' % __import__('sys').version_info[:2]", py).string(py)
            return ("\(major).\(minor)", told)
        }
        #expect(read == told)
    }

    @Test("The head's size is what the interpreter says, and the type stands at its end")
    func head() throws {
        let (size, told, offset) = try attached { py throws(PyError) in
            (PyLayout.headSize, try Script.value("object.__basicsize__", py).int(py), PyLayout.typeOffset)
        }
        #expect(size == told)
        #expect(offset == 0 || offset == size - MemoryLayout<UnsafeRawPointer>.size)
    }

    @Test(
        "Whether an object's class is exactly this one is said alike with and without a look at its head",
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
            // Nothing else runs in Python meanwhile: this thread is the one that is attached.
            defer { PyLayout.typeOffset = offset }
            let byHead = object.isExactly(type, py)
            PyLayout.typeOffset = 0
            return [byHead, object.isExactly(type, py)]
        }
        #expect(answers == [isExactly, isExactly])
    }
}
