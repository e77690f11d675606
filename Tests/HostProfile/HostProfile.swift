import ASGIHost
import CPlatform
import TestHost

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs scenarios on the host without Node, so that a profiler can count the instructions of a request.
///
/// `HostProfile <folder> <rounds> <scenario>...`: imports the applications from the folder. Each scenario runs
/// `LoopClient.warmUp` rounds and then the counted ones; `LoopClient` marks where counting begins and ends.
@main
enum HostProfile {
    static func main() {
        // With several processors the loop would spin for the next commands, for a number of instructions that depends
        // on time.
        cplatform_use_one_processor()
        do {
            try runAll(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print(error)
            exit(EXIT_FAILURE)
        }
        // Ends the process without the end of a Swift program, because the interpreter's thread lives as long as the
        // process.
        exit(EXIT_SUCCESS)
    }

    private static func runAll(_ arguments: [String]) throws {
        guard arguments.count > 2, let rounds = Int(arguments[1]), rounds > 0 else {
            throw TestFailure("HostProfile needs a folder, the number of rounds to count, and the scenarios' names")
        }
        for name in arguments[2...] {
            guard let scenario = Scenario(rawValue: name) else {
                let known = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
                throw TestFailure("there is no scenario \(name), only \(known)")
            }
            try run(scenario, from: arguments[0], rounds: rounds)
            print("\(name): \(rounds * scenario.answersPerRound) answers counted")
        }
    }

    private static func run(_ scenario: Scenario, from folder: String, rounds: Int) throws {
        let host = try TestHost.get()
        let application = try load(scenario.file, from: folder, host)
        let client = LoopClient(scenario, application: application, rounds: rounds)
        let channel = host.attach(client)
        client.start(on: channel)
        if let failure = client.done.wait() { throw TestFailure("\(scenario.rawValue): \(failure)") }
        host.detach(channel)
    }

    private static func load(_ file: String, from folder: String, _ host: Host) throws -> Int {
        var specification = ApplicationSpecification()
        specification.file = file
        specification.docroot = folder
        specification.lifespan = "off"
        switch host.load(specification) {
        case .loaded(let number): return number
        case .failed(let json): throw TestFailure(json)
        }
    }
}
