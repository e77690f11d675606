import PythonAPI
import Testing

@Suite("Python's values", .exclusive)
struct PyValuesTests {
    @Test("A Swift string and a str are the same text", arguments: ["", "a", "é", "漢字", "😀", "a\u{0}b", "\u{FFFD}"])
    func string(_ text: String) throws {
        let (back, length) = try attached { py throws(PyError) in
            let string = try PyOwned.string(text, py)
            let length = try Script.value("len", py).call(string, py).int(py)
            return (try string.string(py), length)
        }
        #expect(back == text)
        #expect(length == text.unicodeScalars.count)
    }

    @Test(
        "Invalid UTF-8 becomes U+FFFD",
        arguments: [([0x61, 0xff, 0x62], "a\u{FFFD}b"), ([0xc3], "\u{FFFD}"), ([0xc3, 0xa9], "é"), ([], "")]
            as [([UInt8], String)])
    func utf8(_ bytes: [UInt8], _ text: String) throws {
        let made = try attached { py throws(PyError) in
            try object(of: bytes) { bytes throws(PyError) in try PyOwned.string(utf8: bytes, py) }.string(py)
        }
        #expect(made == text)
    }

    @Test("Latin-1 has one character per byte")
    func latin1() throws {
        let made = try attached { py throws(PyError) in
            try object(of: Array(0...255)) { bytes throws(PyError) in try PyOwned.string(latin1: bytes, py) }.string(py)
        }
        #expect(Array(made.unicodeScalars.map(\.value)) == Array(0...255))
    }

    @Test("Equal interned texts are one object")
    func interned() throws {
        let areSame = try attached { py throws(PyError) in
            let first = try PyOwned.interned("a unique name", py)
            let second = try PyOwned.interned("a unique name", py)
            return first.raw == second.raw
        }
        #expect(areSame)
    }

    @Test("bytes are copied in and read back", arguments: [[], [0], [1, 0, 255], Array(0...255)] as [[UInt8]])
    func bytes(_ content: [UInt8]) throws {
        let back = try attached { py throws(PyError) in
            let object = try object(of: content) { bytes throws(PyError) in try PyOwned.bytes(bytes, py) }
            return Array(try object.bytes(py))
        }
        #expect(back == content)
    }

    @Test("An int keeps its value", arguments: [0, 1, -1, Int.max, Int.min])
    func int(_ value: Int) throws {
        let back = try attached { py throws(PyError) in try PyOwned.int(value, py).int(py) }
        #expect(back == value)
    }

    @Test(
        "Reading a value as another type raises Python's exception",
        arguments: [
            ("2**63", "OverflowError"), ("'1'", "TypeError"), ("1.5", "TypeError"), ("None", "TypeError"),
        ])
    func noInt(_ expression: String, _ type: String) throws {
        let text = try attached { py throws(PyError) in
            try PyError.text(py) { py throws(PyError) in _ = try Script.value(expression, py).int(py) }
        }
        #expect(text?.hasPrefix(type) == true)
    }

    @Test("bytes and str are not confused")
    func mixed() throws {
        let texts = try attached { py throws(PyError) in
            [
                try PyError.text(py) { py throws(PyError) in _ = try Script.value("'x'", py).bytes(py) },
                try PyError.text(py) { py throws(PyError) in _ = try Script.value("b'x'", py).utf8(py) },
                try PyError.text(py) { py throws(PyError) in _ = try Script.value("'\\ud800'", py).utf8(py) },
            ]
        }
        #expect(texts[0]?.hasPrefix("TypeError") == true)
        #expect(texts[1]?.hasPrefix("TypeError") == true)
        #expect(texts[2]?.hasPrefix("UnicodeEncodeError") == true)
    }

    @Test(
        "Truth values are Python's",
        arguments: [
            ("True", true), ("False", false), ("1", true), ("0", false), ("None", false), ("''", false),
            ("'x'", true), ("[]", false), ("object()", true),
        ])
    func truth(_ expression: String, _ isTrue: Bool) throws {
        let answer = try attached { py throws(PyError) in try Script.value(expression, py).isTrue(py) }
        #expect(answer == isTrue)
    }

    @Test("An exception in __bool__ is thrown")
    func noTruth() throws {
        let text = try attached { py throws(PyError) in
            let object = try Script.value("type('T', (), {'__bool__': lambda self: 1 / 0})()", py)
            return try PyError.text(py) { py throws(PyError) in _ = try object.isTrue(py) }
        }
        #expect(text?.hasPrefix("ZeroDivisionError") == true)
    }

    @Test("A dict returns its values, nil for missing keys, and an exception for an invalid key")
    func dict() throws {
        let (found, missing, text) = try attached { py throws(PyError) in
            let dict = try PyOwned.dict(py)
            let key = try PyOwned.string("key", py)
            try dict.set(key, try PyOwned.int(7, py), py)
            let found = try dict.item(key, py)?.int(py)
            let missing = try dict.item(try PyOwned.string("other", py), py) == nil
            let text = try PyError.text(py) { py throws(PyError) in
                _ = try dict.item(try PyOwned.dict(py), py)
            }
            return (found, missing, text)
        }
        #expect(found == 7)
        #expect(missing)
        #expect(text?.hasPrefix("TypeError: unhashable type") == true)
    }

    @Test("A pair is a tuple of two")
    func pair() throws {
        let text = try attached { py throws(PyError) in
            try PyOwned.pair(try PyOwned.string("a", py), try PyOwned.int(1, py), py).description(py)
        }
        #expect(text == "('a', 1)")
    }

    @Test("None, True and False are Python's singletons")
    func constants() throws {
        let texts = try attached { py throws(PyError) in
            let isNone = try Script.value("None", py).isNone
            return [
                try py.none.description(py), try py.bool(true).description(py), try py.bool(false).description(py),
                "\(isNone)",
            ]
        }
        #expect(texts == ["None", "True", "False", "true"])
    }

    @Test(
        "The name of an object's class is correct",
        arguments: [("None", "NoneType"), ("b''", "bytes"), ("ValueError()", "ValueError"), ("int", "type")])
    func typeName(_ expression: String, _ name: String) throws {
        let found = try attached { py throws(PyError) in try Script.value(expression, py).typeName(py) }
        #expect(found == name)
    }
}

/// Calls `body` with the array's bytes.
private func object(
    of bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(PyError) -> PyOwned
) throws(PyError) -> PyOwned {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try body(UnsafeRawBufferPointer(copy))
}
