import Foundation
import Testing

@Suite("Programs that must not compile")
struct CompileTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("MustNotCompile").path

    /// The programs' names. Empty if the folder cannot be read, which fails the test.
    static let programs = (FileManager.default.subpaths(atPath: folder) ?? []).filter { $0.hasSuffix(".swift") }
        .sorted()

    @Test("The compiler reports an error exactly where the program expects one", arguments: programs)
    func program(_ name: String) throws {
        let file = "\(Self.folder)/\(name)"
        let source = try String(contentsOfFile: file, encoding: .utf8)
        let errors = try Compiler.errors(in: file)
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let found = errors.filter { $0.line == index + 1 }.map(\.text)
            guard let mark = line.range(of: "// error: ") else {
                #expect(found == [], "line \(index + 1)")
                continue
            }
            let expected = line[mark.upperBound...]
            #expect(found.contains { $0.contains(expected) }, "line \(index + 1): \(found)")
        }
    }

    @Test("There are programs, and one of them is correct")
    func programsExist() throws {
        #expect(Self.programs.count > 10)
        #expect(try Compiler.errors(in: Self.folder + "/Correct.swift") == [])
    }
}
