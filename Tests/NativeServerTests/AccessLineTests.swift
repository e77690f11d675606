import HTTP1
import Testing

@testable import NativeServer

@Suite("Access log lines")
struct AccessLineTests {
    private static let client = Address(host: Array("10.1.2.3".utf8), port: 77)
    private static let phrases = [(status: 200, phrase: "OK"), (status: 404, phrase: "Not Found")]

    /// The line of a request, with any duration.
    private func line(
        _ head: String, from client: Address = client, status: Int = 200, isComplete: Bool = true,
        _ style: AccessLogFormat.Style
    ) throws -> String {
        let format = AccessLogFormat(style, phrases: Self.phrases)
        var text = ""
        try withHead(head) { head in
            var line = AccessLine()
            line.begin(method: 0)
            line.describe(head, from: client, as: format)
            line.status = status
            text = written { buffer in
                "TIME".utf8.withContiguousStorageIfAvailable { time in
                    line.write(isComplete: isComplete, at: UnsafeRawBufferPointer(time), as: format, to: &buffer)
                }
            }
        }
        return text
    }

    @Test(
        "text has the client, the request and the status",
        arguments: [
            (200, true, "200 OK"), (404, true, "404 Not Found"), (299, true, "299"), (0, false, "499"),
            (200, false, "200 OK [incomplete]"), (999, true, "999"),
        ])
    func text(status: Int, isComplete: Bool, outcome: String) throws {
        let logged = try line(
            "GET /a%20b?q HTTP/1.1\nHost: a", status: status, isComplete: isComplete, .text(isColored: false))
        #expect(logged == "INFO:     10.1.2.3:77 - \"GET /a%20b?q HTTP/1.1\" \(outcome)\n")
    }

    @Test(
        "on a terminal the status has a colour",
        arguments: [
            (200, true, "32m200 OK"), (399, true, "32m399"), (200, false, "33m200 OK [incomplete]"),
            (404, true, "33m404 Not Found"), (0, false, "33m499"), (500, true, "31m500"),
            (500, false, "31m500 [incomplete]"),
        ])
    func colours(status: Int, isComplete: Bool, outcome: String) throws {
        let logged = try line(
            "GET / HTTP/1.0\nHost: a", status: status, isComplete: isComplete, .text(isColored: true))
        let request = "\u{1b}[1mGET / HTTP/1.0\u{1b}[0m"
        #expect(logged == "\u{1b}[32mINFO\u{1b}[0m:     10.1.2.3:77 - \"\(request)\" \u{1b}[\(outcome)\u{1b}[0m\n")
    }

    @Test(
        "text has an IPv6 address in brackets, and a hyphen without an address",
        arguments: [
            ("::1", "[::1]:5"), ("fe80::1%eth0", "[fe80::1%eth0]:5"), ("fe80::1%", "fe80::1%:5"), ("a:b", "a:b:5"),
            ("1.2.3.4%a:b", "1.2.3.4%a:b:5"), ("", "-"),
        ])
    func clients(host: String, address: String) throws {
        let client = Address(host: Array(host.utf8), port: 5)
        let logged = try line("GET / HTTP/1.1\nHost: a", from: client, .text(isColored: false))
        #expect(logged.hasPrefix("INFO:     \(address) - "))
    }

    @Test("JSON has the fields of OpenTelemetry in order")
    func json() throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let logged = try line(
            "GET /\"\\?a?b HTTP/1.1\nHost: a\ntraceparent: 00-\(trace)-00f067aa0ba902b7-01", isComplete: false, .json)
        let start = """
            {"timestamp":"TIME","severityText":"INFO","severityNumber":9,"body":"request","traceId":"\(trace)",\
            "attributes":{"client.address":"10.1.2.3","client.port":77,"http.request.method":"GET",\
            "url.path":"/\\"\\\\","url.query":"a?b","network.protocol.version":"1.1","http.response.status_code":200,\
            "http.server.request.duration":
            """
        #expect(logged.hasPrefix(start))
        #expect(logged.hasSuffix(",\"python_node.incomplete\":true}}\n"))
    }

    @Test("JSON leaves out missing fields, and keeps an empty query")
    func sparseJSON() throws {
        let unknownClient = Address(host: [], port: 5)
        let logged = try line("OPTIONS * HTTP/1.0\nHost: a", from: unknownClient, status: 0, isComplete: false, .json)
        #expect(logged.contains("\"body\":\"request\",\"attributes\":{\"client.address\":\"\",\"http.request.method\""))
        #expect(logged.contains("\"url.path\":\"*\",\"network.protocol.version\":\"1.0\""))
        #expect(logged.contains(",\"http.response.status_code\":499,"))
        #expect(!logged.contains("incomplete"))
        #expect(try line("GET /? HTTP/1.1\nHost: a", .json).contains("\"url.path\":\"/\",\"url.query\":\"\","))
    }

    @Test("a connection's next line has nothing of the previous one")
    func again() throws {
        let format = AccessLogFormat(.text(isColored: false), phrases: [])
        var line = AccessLine()
        for path in ["/long/path", "/b"] {
            try withHead("GET \(path) HTTP/1.1\nHost: a") { line.describe($0, from: Self.client, as: format) }
        }
        line.status = 200
        let time = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(
            written { line.write(isComplete: true, at: time, as: format, to: &$0) }
                == "INFO:     10.1.2.3:77 - \"GET /b HTTP/1.1\" 200\n")
    }

    @Test(
        "a duration is a number of seconds in JavaScript's format",
        arguments: [
            (0, "0"), (1, "0.000001"), (10, "0.00001"), (123, "0.000123"), (100_000, "0.1"), (1_000_000, "1"),
            (61_000_500, "61.0005"), (3_600_000_001, "3600.000001"),
        ])
    func durations(microseconds: Int, text: String) {
        #expect(written { $0.append(seconds: microseconds) } == text)
    }
}
