import ASGIHost
import TestHost

/// The applications that plans send requests to: those of Fixtures/fuzz/answers_in_octets.py.
enum PlannedApplication: String, CaseIterable {
    case whole
    case mounted
    case late
    case keeps
    case pieces
    case early
    case raises
    case echoMessages = "echo_messages"
    case closes
    case refuses
    case denies
    case returns
    case raisesAccepted = "raises_accepted"
    case echoEvents = "echo_events"

    /// The types of their scopes.
    enum Kind {
        case http
        case socket
        case raw
    }

    var kind: Kind {
        switch self {
        case .whole, .mounted, .late, .keeps, .pieces, .early, .raises: .http
        case .echoMessages, .closes, .refuses, .denies, .returns, .raisesAccepted: .socket
        case .echoEvents: .raw
        }
    }

    /// The root path that it is loaded with.
    var rootPath: String { self == .mounted ? "/mnt" : "" }

    /// Its high-water mark in bytes: low, so that it waits between pieces.
    var highWaterMark: Int {
        switch self {
        case .whole: 65536
        case .pieces: 150
        case .echoMessages: 5000
        case .echoEvents: 3000
        default: 100
        }
    }
}

/// The loaded applications, shared by all plans of a process.
package struct PlannedApplications: Sendable {
    /// Their numbers.
    private let numbers: [String: Int]
    /// The number of the application that reports remaining tasks and exceptions.
    let rest: Int

    /// Loads them.
    package init() throws {
        let client = try Client()
        func load(_ attribute: String, _ rootPath: String, _ highWaterMark: Int) throws -> Int {
            try client.load("answers_in_octets", attribute) { specification in
                specification.docroot = "\(TestHost.repository)/Fixtures/fuzz"
                specification.rootPath = rootPath
                specification.highWaterMark = highWaterMark
            }
        }
        var numbers: [String: Int] = [:]
        for application in PlannedApplication.allCases {
            let attribute = application == .mounted ? "whole" : application.rawValue
            numbers[application.rawValue] = try load(attribute, application.rootPath, application.highWaterMark)
        }
        self.numbers = numbers
        rest = try load("rest", "", 65536)
    }

    subscript(application: PlannedApplication) -> Int { numbers[application.rawValue]! }
}
