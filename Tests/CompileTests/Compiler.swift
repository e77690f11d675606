import Foundation

/// Compiles a program with the modules that the tests were built with.
enum Compiler {
    /// An error that the compiler reports.
    struct Complaint: Hashable {
        let line: Int
        let text: String
    }

    /// The options for the built modules and their headers, or why they are unknown.
    static let modules: Result<[String], Failure> = Result { () throws(Failure) in
        let build = try buildFolder()
        // A separate cache, because the build's cache knows the same modules by other paths.
        var options = ["-I", build + "/Modules", "-module-cache-path", build + "/CompileTests.build/ModuleCache"]
        let wanted = [("CBinding", "CBinding.h"), ("CPythonAPI", "Python.h"), ("CNodeAPI", "node_api.h")]
        for (module, header) in wanted {
            let folder = try headers(of: module, with: header, in: build)
            options += ["-Xcc", "-fmodule-map-file=\(build)/\(module).build/module.modulemap", "-Xcc", "-I\(folder)"]
        }
        return options
    }

    /// The errors of a program; empty if it compiles.
    static func errors(in file: String) throws -> [Complaint] {
        let compiler = Process()
        let output = Pipe()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // -emit-sil, because ownership is checked after the types.
        compiler.arguments =
            ["swiftc", "-emit-sil", "-o", "/dev/null", "-parse-as-library", "-diagnostic-style", "llvm"]
            + ["-swift-version", "6", "-enable-experimental-feature", "Lifetimes", "-suppress-warnings"]
            + (try modules.get()) + [file]
        compiler.standardOutput = FileHandle.nullDevice
        compiler.standardError = output
        try compiler.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        compiler.waitUntilExit()
        let complaints = text.split(separator: "\n").compactMap { line -> Complaint? in
            guard line.hasPrefix(file + ":") else { return nil }
            let parts = line.dropFirst(file.count + 1).split(separator: ":", maxSplits: 3)
            guard parts.count == 4, let number = Int(parts[0]), parts[2] == " error" else { return nil }
            return Complaint(line: number, text: String(parts[3].dropFirst()))
        }
        guard complaints.isEmpty == (compiler.terminationStatus == 0) else {
            throw Failure("the compiler could not do its work:\n\(text)")
        }
        return complaints
    }

    /// The folder that the test bundle was built in: the nearest one above it with the modules.
    private static func buildFolder() throws(Failure) -> String {
        var folder = Bundle(for: Marker.self).bundleURL
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.path + "/Modules/PythonAPI.swiftmodule") {
                return folder.path
            }
            folder.deleteLastPathComponent()
        }
        throw Failure("there are no modules beside or above \(Bundle(for: Marker.self).bundlePath)")
    }

    /// A class of the test bundle, to find its path.
    private final class Marker {}

    /// The folder of a C module's headers, from the list of files that it was compiled from.
    private static func headers(of module: String, with header: String, in build: String) throws(Failure) -> String {
        let list = "\(build)/\(module).build/\(module).c.d"
        let files = FileManager.default.contents(atPath: list).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for file in files.split(whereSeparator: { $0.isWhitespace }) where file.hasSuffix("/" + header) {
            return String(file.dropLast(header.count + 1))
        }
        throw Failure("\(list) does not name \(header)")
    }

    /// Why programs cannot be compiled.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
