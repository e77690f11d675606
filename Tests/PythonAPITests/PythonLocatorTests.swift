import Foundation
import Testing

@testable import PythonAPI

@Suite("PythonLocator")
struct PythonLocatorTests {
    /// A folder with fake interpreters, which is removed at the end.
    private final class Place {
        let root: String

        init() throws {
            // Resolved, because the locator follows links, and the temporary folder may be one.
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            root = try #require(Path.resolved(folder))
        }

        deinit { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: root) } }

        @discardableResult
        func file(_ path: String, _ content: String = "", executable: Bool = false) throws -> String {
            let whole = "\(root)/\(path)"
            try folder(Path.split(path).folder)
            try content.write(toFile: whole, atomically: false, encoding: .utf8)
            if executable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: whole) }
            return whole
        }

        func folder(_ path: String) throws {
            try FileManager.default.createDirectory(atPath: "\(root)/\(path)", withIntermediateDirectories: true)
        }

        /// A program with its library next to it, as in an installation, so that it need not be run.
        @discardableResult
        func installation(_ prefix: String, _ version: String = "3.11", library: String = "lib") throws -> String {
            try file("\(prefix)/\(library)/libpython\(version).so.1.0")
            return try file("\(prefix)/bin/python\(version)", "\u{7f}ELF", executable: true)
        }

        /// A virtual environment of an installation.
        func environment(_ path: String, of program: String) throws {
            try file("\(path)/pyvenv.cfg", "home = x")
            try folder("\(path)/bin")
            let link = "\(root)/\(path)/bin/python3"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: program)
        }

        /// A script that answers like Python.
        ///
        /// A link to a permanent script: a script that was just written may be "busy", as long as a process that
        /// another test has forked has it open for writing.
        @discardableResult
        func script(_ path: String, answering lines: String...) throws -> String {
            try file(path + ".answer", lines.map { $0 + "\n" }.joined())
            let programs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
                "Programs")
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/\(path)", withDestinationPath: programs.path + "/answer.sh")
            return "\(root)/\(path)"
        }

        func locate(
            _ option: String? = nil, docroot: String = "docroot", variables: [String: String] = [:]
        ) throws(InterpreterError) -> PythonInstallation {
            let environment = ["PATH": "\(root)/path"].merging(variables) { $1 }
            let docroot = docroot.hasPrefix("/") ? docroot : "\(root)/\(docroot)"
            return try PythonLocator(option: option, docroot: docroot, environment: { environment[$0] }).locate()
        }

        func failure(_ option: String? = nil, variables: [String: String] = [:]) -> String {
            do throws(InterpreterError) {
                return "found \(try locate(option, variables: variables))"
            } catch {
                return error.message
            }
        }
    }

    @Test("The order is option, PYTHON_NODE_PYTHON, VIRTUAL_ENV, .venv, python3 on PATH")
    func order() throws {
        let place = try Place()
        let names = ["option", "variable", "active", "docroot/.venv", "path"]
        for (index, name) in names.dropLast().enumerated() {
            try place.environment(name, of: try place.installation("python-\(index)"))
        }
        let path = try place.installation("python-path")
        try place.folder("path")
        try FileManager.default.createSymbolicLink(atPath: "\(place.root)/path/python3", withDestinationPath: path)

        var variables = ["PYTHON_NODE_PYTHON": "\(place.root)/variable", "VIRTUAL_ENV": "\(place.root)/active"]
        func executable(_ option: String? = nil, _ docroot: String = "docroot") throws -> String {
            try place.locate(option, docroot: docroot, variables: variables).executable
        }
        #expect(try executable("\(place.root)/option") == "\(place.root)/option/bin/python3")
        #expect(try executable() == "\(place.root)/variable/bin/python3")
        #expect(try executable("") == "\(place.root)/variable/bin/python3")
        variables["PYTHON_NODE_PYTHON"] = ""
        #expect(try executable() == "\(place.root)/active/bin/python3")
        variables["VIRTUAL_ENV"] = nil
        #expect(try executable() == "\(place.root)/docroot/.venv/bin/python3")
        try place.folder("elsewhere")
        #expect(try executable(nil, "elsewhere") == "\(place.root)/path/python3")
    }

    @Test("A virtual environment's library is that of its base Python")
    func library() throws {
        let place = try Place()
        try place.environment("env", of: try place.installation("prefix", "3.12"))
        let found = try place.locate("\(place.root)/env")
        #expect(found.library == "\(place.root)/prefix/lib/libpython3.12.so.1.0")
    }

    @Test(
        "The library is found in each usual folder",
        arguments: ["lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"])
    func libraryFolders(_ folder: String) throws {
        let place = try Place()
        let program = try place.installation("prefix", library: folder)
        #expect(try place.locate(program).library == "\(place.root)/prefix/\(folder)/libpython3.11.so.1.0")
    }

    @Test(".venv is found in every folder above the docroot, the nearest one first")
    func upwards() throws {
        let place = try Place()
        let program = try place.installation("prefix")
        try place.environment(".venv", of: program)
        try place.folder("a/b/c")
        #expect(try place.locate(docroot: "a/b/c").executable == "\(place.root)/.venv/bin/python3")
        try place.environment("a/.venv", of: program)
        #expect(try place.locate(docroot: "a/b/c").executable == "\(place.root)/a/.venv/bin/python3")
        // No pyvenv.cfg: only a folder with this name.
        try place.folder("a/b/.venv/bin")
        #expect(try place.locate(docroot: "a/b/c").executable == "\(place.root)/a/.venv/bin/python3")
    }

    @Test("python is taken from PATH if there is no python3, and a name is looked up on PATH")
    func path() throws {
        let place = try Place()
        let program = try place.installation("prefix")
        try place.folder("path")
        try FileManager.default.createSymbolicLink(atPath: "\(place.root)/path/python", withDestinationPath: program)
        #expect(try place.locate().executable == "\(place.root)/path/python")
        try FileManager.default.createSymbolicLink(
            atPath: "\(place.root)/path/python3.11", withDestinationPath: program)
        #expect(try place.locate("python3.11").executable == "\(place.root)/path/python3.11")
    }

    @Test("A script is run to find its interpreter")
    func script() throws {
        let place = try Place()
        let program = try place.script("shim", answering: "3.13", "/x/python3", "/x/libpython3.13.so")
        let found = try place.locate(program)
        #expect(found == PythonInstallation(executable: "/x/python3", library: "/x/libpython3.13.so"))
    }

    @Test("A Python without a shared library, or an old one, is an error that says what to install")
    func unusable() throws {
        let place = try Place()
        let without = try place.script("without", answering: "3.12", "/x/python3")
        #expect(place.failure(without).contains("Python 3.12 without a shared library. Install one"))
        let old = try place.script("old", answering: "3.7", "/x/python3", "/x/libpython3.7.so")
        #expect(place.failure(old).contains("Python 3.7; 3.8 or later is needed"))
        let two = try place.script("two", answering: "2.7", "/x/python", "/x/libpython2.7.so")
        #expect(place.failure(two).contains("3.8 or later is needed"))
        let other = try place.script("other", answering: "hello")
        #expect(place.failure(other).contains("does not answer as Python does"))
    }

    @Test("A configured Python that cannot be used is an error, and no other one is tried")
    func wrongNames() throws {
        let place = try Place()
        try place.environment("docroot/.venv", of: try place.installation("prefix"))
        try place.folder("empty")
        let plain = try place.file("plain", "text")
        #expect(place.failure("\(place.root)/empty").contains("option 'python' names"))
        #expect(place.failure("\(place.root)/empty").contains("a folder without bin/python3"))
        #expect(place.failure(plain).contains("which is not an executable program"))
        #expect(place.failure("\(place.root)/missing").contains("which is not an executable program"))
        #expect(place.failure("not-on-path").contains("which is not an executable program"))
        let variable = place.failure(variables: ["PYTHON_NODE_PYTHON": "\(place.root)/missing"])
        #expect(variable.hasPrefix("PYTHON_NODE_PYTHON names"))
        #expect(place.failure(variables: ["VIRTUAL_ENV": "\(place.root)/missing"]).hasPrefix("VIRTUAL_ENV names"))
    }

    @Test("Without any Python the error lists all places that were tried")
    func nothing() throws {
        let place = try Place()
        let message = place.failure()
        for part in ["'python'", "PYTHON_NODE_PYTHON", "VIRTUAL_ENV", ".venv", "python3 on PATH", "libpython3-dev"] {
            #expect(message.contains(part))
        }
    }
}
