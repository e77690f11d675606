import Foundation
import Mailbox
import TestHost
import Testing

@Suite("Extensions", .exclusive)
struct ExtensionTests {
    @Test(
        "A17 the scope has exactly the extensions that the transport supports",
        arguments: [
            ([], []), (.trailers, ["http.response.trailers"]),
            (.earlyHints, ["http.response.early_hint"]),
            (.pathSend, ["http.response.pathsend"]),
            (.zeroCopySend, ["http.response.zerocopysend"]),
            (
                [.trailers, .pathSend, .buffered],
                ["http.response.pathsend", "http.response.trailers"]
            ),
        ] as [(Command.Flags, [String])])
    func offered(_ flags: Command.Flags, _ names: [String]) throws {
        try withClient { client in
            let scope = try client.json(Request().with(flags), from: try client.load("dump_scope"))
            let extensions = try #require(scope["extensions"] as? [String: [String: Any]])
            #expect(extensions.keys.sorted() == names)
            #expect(extensions.values.allSatisfy { $0.isEmpty })
        }
    }

    @Test("I16 I17 trailers come after the body")
    func trailers() throws {
        try withClient { client in
            let request = Request().with(.trailers)
            let response = try client.fetch(request, from: try client.load("send_trailers"))
            #expect(response.announcesTrailers)
            #expect(response.text == "firstlast")
            #expect(response.trailers == [Response.Header("x-checksum", "42")])
            #expect(response.isComplete)
        }
    }

    @Test("I17 I19 trailers of several messages arrive together, with names in lower case and without invalid ones")
    func severalTrailers() throws {
        try withClient { client in
            let request = Request().with(.trailers)
            let response = try client.fetch(request, from: try client.load("trailer_names"))
            #expect(response.trailers.map(\.name) == ["x-result", "x-second"])
            #expect(response.trailers.first?.value == #"["ValueError", "ValueError", "TypeError"]"#)
        }
    }

    @Test("I15 early hints come before the response, each with its links")
    func hints() throws {
        try withClient { client in
            let request = Request().with(.earlyHints)
            let response = try client.fetch(request, from: try client.load("send_hints"))
            let lines = response.interim.map { "\($0.status) \($0.headers)" }
            #expect(
                lines == [
                    "103 [link: </a.css>; rel=preload; as=style]",
                    "103 [link: </b.js>; rel=preload, link: </c.js>; rel=preload]",
                    "103 [link: </late.css>; rel=preload]",
                ])
            #expect(try json(response.text)["offered"] as? Bool == true)
        }
    }

    @Test("I15 invalid early hints are refused")
    func noHints() throws {
        try withClient { client in
            let response = try client.fetch(Request(), from: try client.load("send_hints"))
            #expect(response.interim.isEmpty)
            let results = try json(response.text)["results"] as? [String]
            #expect(results?.allSatisfy { $0.hasPrefix("RuntimeError") } == true)
        }
    }

    @Test("I11 I13 a file's path is the whole body, and no header is added")
    func path() throws {
        try withClient { client in
            let application = try client.load("send_files")
            let request = Request("GET", "/path_send").with(.pathSend)
            let response = try client.fetch(request, from: application)
            #expect(response.headers == [Response.Header("content-type", "text/plain")])
            #expect(response.body == [])
            #expect(response.isComplete)
            let path = String(decoding: try #require(response.files.first), as: UTF8.self)
            #expect(FileManager.default.contents(atPath: path)?.count == 262_144)
            #expect(try client.fetch(Request("GET", "/remove_kept"), from: application).isComplete)
        }
    }

    @Test("I12 I14 a file that cannot be sent is refused by send()")
    func refusedPaths() throws {
        try withClient { client in
            let application = try client.load("send_files")
            let missing = Request("GET", "/missing").with(.pathSend)
            let results = try jsonArray(try client.fetch(missing, from: application).text) as? [String]
            let kinds = results?.map { $0.prefix { $0 != ":" } }
            #expect(kinds == ["FileNotFoundError", "ValueError", "TypeError"])
            let late = Request("GET", "/path_after_body").with(.pathSend)
            #expect(try client.fetch(late, from: application).text.hasPrefix("first RuntimeError"))
        }
    }

    @Test("I6 I10 an open file is sent from its position, through a duplicate of its descriptor")
    func zeroCopy() throws {
        try withClient { client in
            let application = try client.load("send_files")
            let request = Request("GET", "/zero_copy").with(.zeroCopySend)
            let response = try client.fetch(request, from: application)
            #expect(response.isComplete)
            let file = try #require(response.files.first.flatMap(SentFile.init))
            #expect(file.offset == 1000)
            #expect(file.count == 261_144)
            // The application has closed its file by now.
            #expect(file.content().first == 232)
            let recalled = try client.json(Request("GET", "/recall"), from: application)
            #expect(recalled["position"] as? Int == 262_144)
        }
    }

    @Test("I7 I8 I9 parts of a file and chunks of a body arrive in order")
    func mixed() throws {
        try withClient { client in
            let request = Request("GET", "/zero_copy_mixed").with(.zeroCopySend)
            let response = try client.fetch(request, from: try client.load("send_files"))
            let files = response.files.compactMap(SentFile.init)
            #expect(files.map(\.offset) == [10, 0, 3])
            #expect(files.map { $0.content() } == [[10, 11, 12, 13, 14], [0, 1, 2], [3, 4, 5]])
            #expect(response.text == "[|]")
            #expect(response.isComplete)
        }
    }

    @Test("I6 D15 files count as uncredited bytes")
    func endless() throws {
        try withClient { client in
            let application = try client.load("send_files")
            let slot = client.send(Request("GET", "/endless").with(.zeroCopySend), to: application)
            try client.wait("the first file") { $0[slot].files.count == 1 }
            _ = try client.fetch(Request("GET", "/recall"), from: application)
            #expect(client[slot].files.count == 1)
            client.writeCredit(slot, 262_144)
            client.submit()
            try client.wait("the second file") { $0[slot].files.count == 2 }
            client.writeDisconnect(slot)
            client.submit()
            for file in try client.finished(slot).files { _ = SentFile(file)?.content() }
        }
    }

    @Test("T1 T2 T6 T7 the connection's TLS is in the scope, a new dict for each request")
    func tls() throws {
        try withClient { client in
            let application = try client.load("dump_tls")
            #expect(try client.json(Request(), from: application)["tls"] is NSNull)
            var request = Request().with(.secure)
            request.tls = #"{"server_cert": null, "client_cert_chain": [], "tls_version": 772, "cipher_suite": 4865}"#
            for _ in 0..<2 {
                let answer = try client.json(request, from: application)
                let tls = try #require(answer["tls"] as? [String: Any])
                #expect(answer["scheme"] as? String == "https")
                #expect(tls["tls_version"] as? Int == 772)
                #expect(tls["cipher_suite"] as? Int == 4865)
                #expect(tls["server_cert"] is NSNull)
            }
        }
    }

    /// A file that the client has received.
    private struct SentFile {
        let descriptor: Int32
        let offset: Int
        let count: Int

        init?(_ description: [UInt8]) {
            let parts = description.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 3, let descriptor = Int32(parts[0]), let offset = Int(parts[1]),
                let count = Int(parts[2])
            else { return nil }
            (self.descriptor, self.offset, self.count) = (descriptor, offset, count)
        }

        /// Reads the part to send, and closes the descriptor.
        func content() -> [UInt8] {
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: count)
            let read = pread(descriptor, &bytes, count, off_t(offset))
            return Array(bytes.prefix(max(0, read)))
        }
    }
}
