import TestHost
import Testing

@Suite("Applications that fail", .exclusive)
struct FailureTests {
    @Test("D21 an exception before the start fails the request, with type and traceback")
    func before() throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/before"), from: try client.load("raises"))
            #expect(response.status == nil)
            let error = try json(try #require(response.failure))
            #expect(error["code"] as? String == "ERR_ASGI_PYTHON")
            #expect(error["message"] as? String == "Python error: ValueError: not today")
            #expect(error["pythonType"] as? String == "ValueError")
            let trace = try #require(error["pythonTraceback"] as? String)
            #expect(trace.contains("raises.py"))
            #expect(!trace.contains("bootstrap"))
            #expect(error["cause"] == nil)
        }
    }

    @Test("D22 D23 an exception after the start fails the response after the bytes that were sent")
    func after() throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/after"), from: try client.load("raises"))
            #expect(response.status == 200)
            #expect(response.text == "first")
            #expect(!response.isComplete)
            #expect(try failure(response.failure) == "ERR_ASGI_PYTHON Python error: ValueError: too late")
        }
    }

    @Test("D19 an application that returns without a message has sent no response")
    func silent() throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/silent"), from: try client.load("raises"))
            #expect(response.status == nil)
            let text = "ERR_ASGI_NO_RESPONSE No response sent: the application returned without one"
            #expect(try failure(response.failure) == text)
        }
    }

    @Test("D20 an application that returns before the end of its body has an incomplete response")
    func short() throws {
        try withClient { client in
            let response = try client.fetch(Request("GET", "/short"), from: try client.load("raises"))
            #expect(response.text == "first")
            #expect(!response.isComplete)
            #expect(
                try failure(response.failure)
                    == "ERR_ASGI_INCOMPLETE_RESPONSE ASGI callable returned without completing response.")
        }
    }

    @Test("D29 an exception after the end does not change the response, and is reported with it")
    func background() throws {
        try withClient { client in
            let application = try client.load("gated")
            let slot = client.send(Request("GET", "/crash/report"), to: application)
            try client.wait("the whole response") { $0[slot].isComplete }
            #expect(!client[slot].isFinished)
            _ = try client.fetch(Request("GET", "/go/report"), from: application)
            let response = try client.finished(slot)
            #expect(response.text == "complete")
            #expect(response.failure == nil)
            #expect(response.exception?.contains("LookupError: background work of report failed") == true)
        }
    }

    @Test("D29 the application may work after the end of the response")
    func workAfterwards() throws {
        try withClient { client in
            let application = try client.load("gated")
            let slot = client.send(Request("GET", "/background/goes"), to: application)
            try client.wait("the whole response") { $0[slot].isComplete }
            #expect(try client.openExchanges() == 1)
            _ = try client.fetch(Request("GET", "/go/goes"), from: application)
            let seen = try client.fetch(Request("GET", "/seen/goes"), from: application)
            #expect(seen.text == "\"done\"")
            #expect(try client.finished(slot).text == "complete")
        }
    }

    @Test("D28 a return value is reported as a mistake, without any other effect")
    func returnValue() throws {
        try withClient { client in
            let response = try client.fetch(Request(), from: try client.load("returns_value"))
            #expect(response.text == "ok")
            #expect(response.failure == nil)
            try client.wait("the warning") { $0.notices.contains { $0.json.contains("forty-two") } }
        }
    }

    @Test(
        "A15 exceptions that would end a process end only the request",
        arguments: ["now", "later"], ["exit", "interrupt", "stop"])
    func ending(_ time: String, _ exception: String) throws {
        try withClient { client in
            let application = try client.load("ends_process")
            let response = try client.fetch(Request("GET", "/\(time)/\(exception)"), from: application)
            let name = ["exit": "SystemExit: 3", "interrupt": "KeyboardInterrupt: "][exception]
            #expect(try failure(response.failure) == name.map { "ERR_ASGI_PYTHON Python error: \($0)" })
            #expect(try client.fetch(Request(), from: application).text == "going on")
        }
    }

    @Test("A failed request does not affect the next one, however many fail")
    func again() throws {
        try withClient { client in
            let raises = try client.load("raises")
            let hello = try client.load("hello")
            var slots: [(UInt32, Bool)] = []
            for number in 0..<200 {
                let fails = number.isMultiple(of: 2)
                let target = ["/before", "/after"][number / 2 % 2]
                slots.append((client.write(Request("GET", target), to: fails ? raises : hello), fails))
            }
            client.submit()
            for (slot, fails) in slots {
                let response = try client.finished(slot)
                #expect((response.failure != nil) == fails)
                #expect(response.isComplete != fails)
            }
        }
    }

    @Test(
        "A missing application is an error with its own code",
        arguments: [
            ("nowhere", "app", "ERR_ASGI_ENTRY_NOT_FOUND"), ("nowhere.py", "app", "ERR_ASGI_ENTRY_NOT_FOUND"),
            ("no/where", "app", "ERR_ASGI_ENTRY_NOT_FOUND"), ("hello", "nothing", "ERR_ASGI_ENTRY_NOT_FOUND"),
            ("hello", "app.nothing", "ERR_ASGI_ENTRY_NOT_FOUND"), ("hello", "BODY", "ERR_ASGI_NOT_CALLABLE"),
            ("hello", "START", "ERR_ASGI_NOT_CALLABLE"),
        ])
    func loading(_ file: String, _ attribute: String, _ code: String) throws {
        try withClient { client in
            let error = #expect(throws: TestFailure.self) { try client.load(file, attribute) }
            let described = try json(error?.description ?? "")
            #expect(described["code"] as? String == code, "\(described)")
        }
    }

    @Test("A missing docroot is a missing entry")
    func docroot() throws {
        try withClient { client in
            let error = #expect(throws: TestFailure.self) {
                try client.load("main") { $0.docroot = TestHost.applications + "/nowhere" }
            }
            let described = try json(error?.description ?? "")
            #expect(described["code"] as? String == "ERR_ASGI_ENTRY_NOT_FOUND")
        }
    }
}
