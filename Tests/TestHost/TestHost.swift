import ASGIHost
import PythonAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The process' only host, for every test that needs Python.
///
/// All test targets run in one process, which can have one interpreter on one thread. The first test that needs the
/// host starts it, and all share it. Tests do not disturb each other, because each has its own channel, and usually its
/// own application.
package enum TestHost {
    /// The repository's root.
    package static let repository: String = {
        let file: String = #filePath
        return file.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    }()

    /// The folder of the tests' applications.
    package static let applications = repository + "/Fixtures/apps"

    private static let started: Result<Host, HostError> = Result { () throws(HostError) in
        try Host.start(try installation(), loop: variable("PYTHON_NODE_TEST_LOOP") ?? "auto")
    }

    /// The host, started with the Python of the repository's virtual environment or else of the PATH.
    package static func get() throws -> Host { try started.get() }

    private static func installation() throws(HostError) -> PythonInstallation {
        do throws(InterpreterError) {
            return try PythonLocator(option: nil, docroot: repository, environment: variable).locate()
        } catch {
            throw HostError(code: "ERR_ASGI_INTERPRETER", message: error.message)
        }
    }

    /// A variable of the process' environment.
    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
