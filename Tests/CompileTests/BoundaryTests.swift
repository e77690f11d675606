import Foundation
import Testing

@Suite("C names")
struct BoundaryTests {
    /// The C names of one runtime, and the module that may use them.
    struct Boundary: CustomTestStringConvertible {
        let header: String
        let module: String
        let names: String

        var testDescription: String { header }
    }

    static let boundaries = [
        Boundary(
            header: "CPythonAPI", module: "PythonAPI", names: #"\b(_?Py[A-Za-z]*_\w+|cpython(_\w+)?)\b"#),
        Boundary(header: "CNodeAPI", module: "NodeAPI", names: #"\b(napi_\w+|uv_\w+|cnodeapi_\w+)\b"#),
    ]

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

    /// The Swift files of all modules, by their paths below `Sources`.
    private static func sources() throws -> [(path: String, text: String)] {
        let paths = FileManager.default.subpaths(atPath: folder.path) ?? []
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            (path, try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8))
        }
    }

    /// A text without its comments and literals.
    private static func code(of text: String) -> String {
        text.split(separator: "\n").map { line in
            line.replacing(/"(\\.|[^"\\])*"/, with: "").replacing(/\/\/.*/, with: "")
        }.joined(separator: "\n")
    }

    @Test("A runtime's C names are used in its own module only", arguments: boundaries)
    func names(_ boundary: Boundary) throws {
        let pattern = try Regex(boundary.names)
        var inside = 0
        for (path, text) in try Self.sources() {
            let code = Self.code(of: text)
            var found = Set(code.matches(of: pattern).map { String(code[$0.range]) })
            if code.contains("import \(boundary.header)") { found.insert(boundary.header) }
            if path.hasPrefix("\(boundary.module)/") {
                inside += found.count
            } else {
                #expect(found == [], "\(path)")
            }
        }
        #expect(inside > 0)
    }
}
