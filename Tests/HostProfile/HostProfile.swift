import ASGIHost
import CPlatform
import TestHost

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs scenarios on the host alone, without Node, so that a profiler can count what a request costs.
///
/// `HostProfile <folder> <rounds> <scenario>...`: the applications are imported from the folder; each scenario gets
/// `LoopClient.warmUp` rounds and then as many as are to be counted. `LoopClient` says where that begins and ends.
@main
enum HostProfile {
    static func main() {
        // Where there are more, the loop looks for what comes next instead of sleeping, and how long that is would count.
        cplatform_use_one_processor()
        do {
            try runAll(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print(error)
            exit(EXIT_FAILURE)
        }
        // Not the end of a Swift program: the interpreter's thread lives as long as the process.
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
