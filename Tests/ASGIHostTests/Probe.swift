import TestHost
import Testing
import Foundation

@Suite("Probe", .exclusive)
struct Probe {
    @Test("now", arguments: ["/now", "/late"])
    func exits(_ path: String) throws {
        let client = try Client()
        let application = try client.load("exits") { $0.docroot = "/tmp/probe" }
        let slot = client.send(Request("GET", path), to: application)
        let first = try client.finished(slot)
        print("PROBE", path, first)
        print("PROBE", path, try client.fetch(Request("GET", "/"), from: application))
    }
}
