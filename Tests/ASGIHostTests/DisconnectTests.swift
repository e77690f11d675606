import Mailbox
import TestHost
import Testing

@Suite("Clients that disconnect", .exclusive)
struct DisconnectTests {
    @Test("C8 C9 D32 a waiting application is informed at once", arguments: ["wait", "stream", "upload"])
    func notice(_ kind: String) throws {
        try withClient { client in
            let application = try client.load("notice_disconnect")
            let slot = client.send(.open("POST", "/\(kind)/leaves-\(kind)"), to: application)
            if kind != "wait" { try client.wait("the first piece") { $0[slot].text == "first" } }
            client.writeDisconnect(slot)
            client.submit()
            let seen = try client.fetch(Request("GET", "/seen/leaves-\(kind)"), from: application)
            #expect(seen.text == "http.disconnect")
            let response = try client.finished(slot)
            #expect(!response.isComplete)
            #expect(response.failure == nil)
        }
    }

    @Test("C11 an incomplete body never looks complete")
    func upload() throws {
        try withClient { client in
            let application = try client.load("notice_disconnect")
            let slot = client.write(.open("POST", "/upload/breaks", body: pattern(100)), to: application)
            client.writeBody(slot, pattern(100_000))
            client.writeDisconnect(slot)
            client.submit()
            let seen = try client.fetch(Request("GET", "/seen/breaks"), from: application)
            #expect(seen.text == "http.disconnect")
            _ = try client.finished(slot)
        }
    }

    @Test("C7 C10 receive() returns http.disconnect, repeatedly, once the response is complete")
    func afterCompletion() throws {
        try withClient { client in
            let application = try client.load("gated")
            let slot = client.send(Request("GET", "/listen/again"), to: application)
            _ = try client.fetch(Request("GET", "/go/again"), from: application)
            #expect(try client.finished(slot).text == "firstsecond")
            let seen = try client.json(Request("GET", "/seen/again"), from: application)
            // C6: it waited while the response was incomplete.
            #expect(seen["waited"] as? Bool == true)
            #expect("\(seen["event"] ?? "")" == "\(["type": "http.disconnect"])")
            #expect((seen["after"] as? [[String: String]]) == Array(repeating: ["type": "http.disconnect"], count: 3))
        }
    }

    @Test("C8 C10 receive() returns http.disconnect, repeatedly, once the client has disconnected")
    func afterDisconnect() throws {
        try withClient { client in
            let application = try client.load("gated")
            let slot = client.send(Request("GET", "/left/gone"), to: application)
            try client.wait("the first piece") { $0[slot].text == "first" }
            client.writeDisconnect(slot)
            client.submit()
            let seen = try client.fetch(Request("GET", "/seen/gone"), from: application)
            #expect(try jsonArray(seen.text).count == 3)
            #expect(!seen.text.contains("http.request"))
            _ = try client.finished(slot)
        }
    }

    @Test("D30 after that send() raises the host's own OSError", arguments: ["catch", "full"])
    func send(_ kind: String) throws {
        try withClient { client in
            let application = try client.load("send_after_disconnect")
            let slot = client.send(Request("GET", "/\(kind)/raises-\(kind)"), to: application)
            try client.wait("the first piece") { !$0[slot].chunks.isEmpty }
            client.writeDisconnect(slot)
            client.submit()
            let seen = try client.fetch(Request("GET", "/seen/raises-\(kind)"), from: application)
            let errors = try jsonArray(seen.text).compactMap { $0 as? [String: Any] }
            #expect(errors.map { $0["name"] as? String } == Array(repeating: "ClientDisconnected", count: 3))
            #expect(errors.allSatisfy { $0["is_os_error"] as? Bool == true && $0["is_own"] as? Bool == true })
            _ = try client.finished(slot)
        }
    }

    @Test("A16 D31 an application that raises this exception has not failed", arguments: ["bubble", "wrap"])
    func bubbling(_ kind: String) throws {
        try withClient { client in
            let application = try client.load("send_after_disconnect")
            let slot = client.send(Request("GET", "/\(kind)/quiet-\(kind)"), to: application)
            try client.wait("the first piece") { !$0[slot].chunks.isEmpty }
            client.writeDisconnect(slot)
            client.submit()
            let response = try client.finished(slot)
            #expect(response.failure == nil)
            #expect(client.notices.isEmpty, "\(client.notices)")
        }
    }

    @Test("A second disconnect, or one after the end, has no effect")
    func twice() throws {
        try withClient { client in
            let application = try client.load("notice_disconnect")
            let slot = client.write(Request("GET", "/wait/twice"), to: application)
            for _ in 0..<3 { client.writeDisconnect(slot) }
            client.submit()
            _ = try client.finished(slot)
            client.writeDisconnect(slot)
            client.writeDisconnect(1000)
            #expect(try client.fetch(Request("GET", "/ping/"), from: application).isComplete)
        }
    }

    @Test("A request whose client disconnects during startup never reaches the application")
    func beforeStart() throws {
        try withClient { client in
            let folder = try folderOfItsOwn(with: "lifespan_apps.py")
            defer { remove(folder) }
            let application = try client.load("lifespan_apps", "slow") {
                $0.docroot = folder
                $0.lifespan = "on"
            }
            let report = try client.load("lifespan_apps", "report") { $0.docroot = folder }
            let gone = client.write(Request("GET", "/gone"), to: application)
            let kept = client.write(Request("GET", "/kept"), to: application)
            client.writeDisconnect(gone)
            client.submit()
            _ = try client.fetch(Request("GET", "/go/slow/start"), from: report)
            #expect(try client.finished(kept).status == 200)
            let response = try client.finished(gone)
            #expect(response.status == nil)
            #expect(response.failure == nil)
            let log = try client.fetch(Request("GET", "/log/slow"), from: report).text
            #expect(log.contains("request kept"))
            #expect(!log.contains("request gone"))
            _ = try client.fetch(Request("GET", "/go/slow/stop"), from: report)
            #expect(try client.shutDown(application) == nil)
        }
    }
}
