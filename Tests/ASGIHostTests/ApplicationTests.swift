import Foundation
import TestHost
import Testing

@Suite("Applications", .exclusive)
struct ApplicationTests {
    @Test("Two applications answer their own requests at the same time")
    func two() throws {
        try withClient { client in
            let hello = try client.load("hello")
            let echo = try client.load("echo_stream")
            #expect(hello != echo)
            var slots: [(UInt32, String)] = []
            for number in 0..<100 {
                slots.append((client.write(Request(), to: hello), "Hello, World!"))
                slots.append((client.write(Request(body: Array("\(number)".utf8)), to: echo), "\(number)"))
            }
            client.submit()
            for (slot, text) in slots { #expect(try client.finished(slot).text == text) }
        }
    }

    @Test(
        "A6 A7 applications of every shape are recognised",
        arguments: [
            "DoubleClass", "double_function", "double_hinted", "double_instance", "coroutine_function",
            "plain_function", "instance", "instance.method", "partial", "decorated", "decorated_without_signature",
            "SingleHinted",
        ])
    func shapes(_ name: String) throws {
        try withClient { client in
            let response = try client.fetch(Request(), from: try client.load("app_shapes", name))
            #expect(response.text == name)
        }
    }

    @Test("A factory is called to make the application")
    func factory() throws {
        try withClient { client in
            let application = try client.load("app_shapes", "make_app") { $0.isFactory = true }
            #expect(try client.fetch(Request(), from: application).text == "coroutine_function")
        }
    }

    @Test("A module may be named with or without .py, and with a folder")
    func names() throws {
        try withClient { client in
            for file in ["hello", "hello.py", TestHost.applications + "/hello.py"] {
                #expect(try client.fetch(Request(), from: try client.load(file)).text == "Hello, World!")
            }
            let application = try client.load("apps/hello.py") { $0.docroot = TestHost.repository + "/Fixtures" }
            #expect(try client.fetch(Request(), from: application).text == "Hello, World!")
        }
    }

    @Test("Two folders may each have modules of the same name")
    func sameName() throws {
        try withClient { client in
            let folders = try ["first", "second"].map { try folder(answering: $0) }
            defer { folders.forEach(remove) }
            let applications = try folders.map { folder in try client.load("main") { $0.docroot = folder } }
            for _ in 0..<2 {
                for (application, name) in zip(applications, ["first", "second"]) {
                    let response = try client.fetch(Request(), from: application)
                    #expect(response.text == "\(name) \(name) \(name)")
                }
            }
        }
    }

    @Test("An error in a module is reported with Python's text")
    func broken() throws {
        try withClient { client in
            let folder = try folder(answering: "broken")
            defer { remove(folder) }
            for (name, source, expected) in [
                ("wrong_syntax", "def app(:", "SyntaxError"), ("wrong_value", "app = 1 / 0", "ZeroDivisionError"),
                ("wrong_import", "import not_there_at_all", "ModuleNotFoundError"),
            ] {
                try source.write(toFile: "\(folder)/\(name).py", atomically: true, encoding: .utf8)
                let error = #expect(throws: TestFailure.self) { try client.load(name) { $0.docroot = folder } }
                let described = try json(error?.description ?? "")
                #expect(described["code"] as? String == "ERR_ASGI_PYTHON")
                #expect(described["pythonType"] as? String == expected)
            }
        }
    }

    /// A folder with a main module that imports a second module at once and a third one in each request.
    private func folder(answering name: String) throws -> String {
        let folder = try folderOfItsOwn()
        for module in ["early_neighbour", "late_neighbour"] {
            try "NAME = '\(name)'".write(toFile: "\(folder)/\(module).py", atomically: true, encoding: .utf8)
        }
        let source = """
            import early_neighbour
            async def app(scope, receive, send):
                import late_neighbour
                text = '\(name) ' + early_neighbour.NAME + ' ' + late_neighbour.NAME
                await send({'type': 'http.response.start', 'status': 200})
                await send({'type': 'http.response.body', 'body': text.encode()})
            """
        try source.write(toFile: "\(folder)/main.py", atomically: true, encoding: .utf8)
        return folder
    }
}
