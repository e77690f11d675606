import Mailbox
import TestHost
import Testing

@Suite("Lifespan", .exclusive)
struct LifespanTests {
    private func load(_ client: Client, _ name: String, _ lifespan: String = "auto") throws -> Int {
        try client.load("lifespan_apps", name) { $0.lifespan = lifespan }
    }

    private func log(_ client: Client, _ name: String) throws -> String {
        let report = try client.load("lifespan_apps", "report")
        return try client.fetch(Request("GET", "/log/\(name)"), from: report).text
    }

    private func open(_ client: Client, _ name: String, _ gate: String) throws {
        let report = try client.load("lifespan_apps", "report")
        _ = try client.fetch(Request("GET", "/go/\(name)/\(gate)"), from: report)
    }

    @Test("H1 H2 H3 H8 H9 H11 H12 an application starts, serves and shuts down")
    func orderly() throws {
        try withClient { client in
            let application = try load(client, "orderly", "on")
            #expect(try client.ready(application) == nil)
            let first = try client.json(Request("GET", "/write"), from: application)
            #expect(first["locked"] as? Bool == true)
            let second = try client.json(Request("GET", "/second"), from: application)
            let state = try #require(second["state"] as? [String: Any])
            // H11: new keys belong to the request, and nested objects are shared.
            #expect(state["written"] == nil)
            #expect(state["shared"] as? [String] == ["write"])
            #expect(state["loop"] as? String == second["loop"] as? String)
            #expect(try client.shutDown(application) == nil)
            let log = try log(client, "orderly")
            #expect(
                log.hasPrefix(#"[{"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}"#))
            #expect(log.contains(#""keys": ["asgi", "state", "type"]"#))
            #expect(
                log.hasSuffix(
                    #""lifespan.startup", "startup complete", "request write", "response write", "request second", "#
                        + #""response second", "lifespan.shutdown", "shutdown complete"]"#))
        }
    }

    @Test("H3 H4 requests wait for the end of startup, and then run in order")
    func waiting() throws {
        try withClient { client in
            let application = try load(client, "slow")
            let slots = (0..<3).map { client.write(Request("GET", "/\($0)"), to: application) }
            client.submit()
            #expect(try log(client, "slow") == #"["lifespan.startup"]"#)
            #expect(try client.openExchanges() == 3)
            try open(client, "slow", "start")
            for slot in slots { #expect(try client.finished(slot).status == 200) }
            #expect(try client.ready(application) == nil)
            let log = try log(client, "slow")
            let order = ["startup complete", "request 0", "request 1", "request 2"].compactMap { log.range(of: $0) }
            #expect(order.map(\.lowerBound) == order.map(\.lowerBound).sorted() && order.count == 4)
            let token = client.beginShutDown(application)
            #expect(client.controls[token] == nil)
            try open(client, "slow", "stop")
            #expect(try client.control(token) == nil)
        }
    }

    @Test(
        "H6 H7 an application whose startup fails serves nothing",
        arguments: [("fails_to_start", "no database"), ("fails_without_message", "Application startup failed")])
    func refusing(_ name: String, _ message: String) throws {
        try withClient { client in
            let application = try load(client, name)
            let slot = client.send(Request(), to: application)
            let expected = "ERR_ASGI_LIFESPAN \(message)"
            #expect(try failure(try client.ready(application)) == expected)
            #expect(try failure(try client.finished(slot).failure) == expected)
            #expect(try failure(try client.fetch(Request(), from: application).failure) == expected)
            #expect(try client.shutDown(application) == nil)
        }
    }

    @Test(
        "H5 H15 an application without lifespan serves, without state",
        arguments: ["raises_at_once", "raises_in_startup", "returns_at_once"])
    func unsupported(_ name: String) throws {
        try withClient { client in
            let application = try load(client, name)
            #expect(try client.ready(application) == nil)
            let answer = try client.json(Request(), from: application)
            #expect(answer["has_state"] as? Bool == false)
            #expect(try client.shutDown(application) == nil)
        }
    }

    @Test(
        "H14 with lifespan 'on' an application without lifespan is an error",
        arguments: [
            ("raises_at_once", "ERR_ASGI_PYTHON Python error: NotImplementedError: no lifespan here"),
            ("raises_in_startup", "ERR_ASGI_PYTHON Python error: ValueError: no settings"),
            (
                "returns_at_once",
                "ERR_ASGI_LIFESPAN ASGI 'lifespan' protocol appears unsupported, and lifespan is 'on': use 'auto' or 'off'."
            ),
        ])
    func required(_ name: String, _ expected: String) throws {
        try withClient { client in
            let application = try load(client, name, "on")
            #expect(try failure(try client.ready(application)) == expected)
            #expect(try failure(try client.fetch(Request(), from: application).failure) == expected)
        }
    }

    @Test("H14 with lifespan 'off' it is never called, and no scope has state")
    func off() throws {
        try withClient { client in
            let application = try load(client, "returns_after_startup", "off")
            #expect(try client.ready(application) == nil)
            #expect(try client.json(Request("GET", "/off"), from: application)["has_state"] as? Bool == false)
            #expect(try client.shutDown(application) == nil)
            #expect(try log(client, "returns_after_startup") == #"["request off", "response off"]"#)
        }
    }

    @Test(
        "H10 H15 a lifespan may end in any way, and a failure is reported",
        arguments: [
            ("returns_in_shutdown", nil), ("fails_to_stop", "ERR_ASGI_LIFESPAN cannot save"),
            ("raises_in_shutdown", "ERR_ASGI_PYTHON Python error: ValueError: cannot save"),
        ] as [(String, String?)])
    func ending(_ name: String, _ expected: String?) throws {
        try withClient { client in
            let application = try load(client, name, "on")
            #expect(try client.fetch(Request(), from: application).status == 200)
            #expect(try failure(try client.shutDown(application)) == expected)
            // The application is closed in any case.
            #expect(try client.shutDown(application) == nil)
            #expect(
                try failure(try client.fetch(Request(), from: application).failure) == "ERR_ASGI_CLOSED Handler closed")
            // A refused request's body is dropped with it, whether it is in the record or in a block.
            let refused = [3, Batch.blockSize].map { count in
                var request = Request("POST", "/", headers: [("x-one", "1"), ("x-two", "2")])
                request.body = pattern(count)
                return client.write(request, to: application)
            }
            let body = pattern(Batch.blockSize + 1, seed: 1)
            let answered = client.write(Request(body: body), to: try client.load("echo_stream"))
            client.submit()
            for slot in refused {
                #expect(try failure(try client.finished(slot).failure) == "ERR_ASGI_CLOSED Handler closed")
            }
            #expect(try client.finished(answered).body == body)
        }
    }

    @Test("H16 messages in the wrong order raise at send()")
    func misordered() throws {
        try withClient { client in
            let application = try load(client, "misordered", "on")
            #expect(try client.ready(application) == nil)
            #expect(try client.shutDown(application) == nil)
            let log = try log(client, "misordered")
            #expect(
                log == #"[["lifespan.startup.complete.not", "ValueError"], ["http.response.start", "ValueError"], "#
                    + #"[null, "KeyError"], ["lifespan.shutdown.complete", "RuntimeError"], "lifespan.startup", "#
                    + #"["lifespan.startup.complete", null], ["lifespan.startup.complete", "RuntimeError"], "#
                    + #"["lifespan.startup.failed", "RuntimeError"], ["lifespan.shutdown.complete", "RuntimeError"], "#
                    + #""lifespan.shutdown", ["lifespan.shutdown.complete", null], "#
                    + #"["lifespan.shutdown.complete", "RuntimeError"]]"#)
        }
    }

    @Test("H17 a waiting lifespan is not garbage-collected, and two shutdown requests are both answered")
    func kept() throws {
        try withClient { client in
            let application = try load(client, "never_stops", "on")
            #expect(try client.ready(application) == nil)
            _ = try client.fetch(Request(), from: application)
            let tokens = [client.beginShutDown(application), client.beginShutDown(application)]
            try open(client, "never_stops", "stop")
            for token in tokens { #expect(try client.control(token) == nil) }
        }
    }

    @Test("Closing an application during startup answers all callers")
    func closedWhileStarting() throws {
        try withClient { client in
            let application = try load(client, "never_starts")
            let slot = client.send(Request(), to: application)
            let token = client.beginReady(application)
            #expect(try client.shutDown(application) == nil)
            let closed = "ERR_ASGI_CLOSED Handler closed"
            #expect(try failure(try client.finished(slot).failure) == closed)
            #expect(try failure(try client.control(token)) == closed)
            try open(client, "never_starts", "start")
        }
    }
}
