import BatchPlans
import CFuzzer
import TestHost

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs plans that libFuzzer generates, guided by their coverage of the host.
///
/// `BatchFuzz [options of libFuzzer] <corpus folder>...`, or files instead of folders to run only these. A plan with
/// wrong answers ends the process like a crash, and libFuzzer keeps its bytes in a file.
@main
enum BatchFuzz {
    fileprivate static let applications = Result { try PlannedApplications() }

    static func main() {
        do {
            // Before the first input, so that Python's start does not count as its coverage.
            _ = try applications.get()
        } catch {
            print("The applications could not be loaded: \(error)")
            exit(EXIT_FAILURE)
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
                BatchFuzz.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }

    private static func run(_ plan: [UInt8]) {
        do {
            try BatchPlan.run(plan, applications.get())
            // Chosen by the plan's bytes, so that its file repeats it.
            if plan.count % 8 == 7 { try LeakCheck.run(plan, applications.get()) }
        } catch {
            let text = "FAILURE: \(error)\n"
            _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            abort()
        }
    }
}
