import ASGIHost
import TestHost
import Testing

@Suite("Hello", .serialized)
struct HelloTests {
    @Test("D1 hello")
    func hello() throws {
        let client = try Client()
        let response = try client.fetch(Request(), from: try client.load("hello"))
        #expect(response.text == "Hello, World!")
    }
}
