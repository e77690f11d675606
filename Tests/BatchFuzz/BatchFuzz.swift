import BatchPlans
import CFuzzer
import TestHost

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs plans that libFuzzer makes up, led by what of the host they reach.
///
/// `BatchFuzz [options of libFuzzer] <folder of the corpus>...`, or files instead of folders to run these alone. A plan
/// whose answers are not what they have to be ends the process like a crash, and its bytes are kept in a file.
@main
enum BatchFuzz {
    fileprivate static let applications = Result { try PlannedApplications() }

    static func main() {
        do {
            // Before the first input: what Python's start runs through is no input's merit.
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
            // By the plan alone, so that its file repeats it.
            if plan.count % 8 == 7 { try LeakCheck.run(plan, applications.get()) }
        } catch {
            let text = "FAILURE: \(error)\n"
            _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            abort()
        }
    }
}
