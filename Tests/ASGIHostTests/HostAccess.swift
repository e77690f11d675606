import Foundation
import PythonAPI
import TestHost
import Testing

@testable import ASGIHost

/// Runs a test with a new client, and expects that none of its requests is left.
func withClient(_ body: (Client) throws -> Void) throws {
    let client = try Client()
    try body(client)
    #expect(try client.openExchanges() == 0)
}

/// Runs `body` on the event loop's thread, between two of its callbacks, and waits for its result.
func onLoop<Value: Sendable>(
    _ body: @escaping @Sendable (LoopContext, borrowing Python) throws(PyError) -> Value
) throws -> Value {
    let outcome = OneShot<Result<Value, TestFailure>>()
    let call = Control.call { context, py in
        do throws(PyError) {
            outcome.fulfill(.success(try body(context, py)))
        } catch {
            outcome.fulfill(.failure(TestFailure(context.bootstrap.describe(PyError.take(py), py))))
        }
    }
    try TestHost.get().submit(call)
    return try outcome.wait().get()
}

extension Client {
    /// The number of exchanges of this channel that have not ended; 0 for a detached channel.
    func openExchanges() throws -> Int { host.openExchanges(of: channel) }

    /// A response's body as JSON.
    func json(_ request: Request, from application: Int) throws -> [String: Any] {
        try ASGIHostTests.json(try fetch(request, from: application).text)
    }
}

/// A JSON object.
func json(_ text: String) throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
        throw TestFailure("\(text) is no JSON object")
    }
    return object
}

/// A JSON array.
func jsonArray(_ text: String) throws -> [Any] {
    guard let array = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any] else {
        throw TestFailure("\(text) is no JSON array")
    }
    return array
}

/// The code and the message of a failure's JSON.
func failure(_ json: String?) throws -> String? {
    guard let json else { return nil }
    let object = try ASGIHostTests.json(json)
    return "\(object["code"] ?? "") \(object["message"] ?? "")"
}

/// A new folder with a copy of an application, whose module then has its own state.
func folderOfItsOwn(with fixture: String? = nil) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if let fixture {
        try FileManager.default.copyItem(atPath: "\(TestHost.applications)/\(fixture)", toPath: "\(folder)/\(fixture)")
    }
    return folder
}

/// Removes a folder made by `folderOfItsOwn`.
func remove(_ folder: String) {
    do {
        try FileManager.default.removeItem(atPath: folder)
    } catch {
        Issue.record(error)
    }
}

/// Bytes that differ from their neighbours, so that a missing or repeated piece is detected.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 31 ^ ($0 >> 8)) }
}
