import CFuzzer
import HTTP1
import HTTP1TestSupport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs connections that libFuzzer generates, guided by their coverage of the parser and the writer.
///
/// The first octet of an input chooses the limits, the second one where the input is cut in addition to each single
/// place; the rest is the client's data, and also a field for a response. A wrong result ends the process like a crash.
@main
enum HTTP1Fuzz {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
                HTTP1Fuzz.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }

    private static func run(_ input: [UInt8]) {
        guard let choice = input.first else { return }
        let octets = Array(input.dropFirst())
        let narrow = RequestLimits(
            head: 64, requestLine: 24, fields: 3, body: 9, chunkExtension: 8, trailers: 16, emptyLines: 1)
        let parsed = ParsedConnection.cutEverywhere(octets, limits: choice & 1 == 0 ? RequestLimits() : narrow)
        if let problem = parsed.problem { fail(problem) }
        for message in parsed.messages { check(message, choice) }
        checkField(octets, choice)
    }

    /// Writes a field that was received as a field of a response.
    private static func check(_ message: ParsedMessage, _ choice: UInt8) {
        for field in message.fields where !WrittenResponse.isServers(field.name) {
            let response = WrittenResponse(field: (octets(field.name), octets(field.value)), choice: choice)
            if response.error != nil { fail("\(field) is read and cannot be written") }
        }
    }

    /// Expects that a field with any octets is refused, or is one line.
    private static func checkField(_ octets: [UInt8], _ choice: UInt8) {
        let split = octets.firstIndex(of: UInt8(ascii: ":")) ?? octets.count
        let response = WrittenResponse(field: (Array(octets[..<split]), Array(octets[split...])), choice: choice)
        if let problem = response.problem { fail(problem) }
    }

    private static func octets(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    private static func fail(_ problem: String) {
        let text = "FAILURE: \(problem)\n"
        _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        abort()
    }
}
