import BatchPlans
import CFuzzer
import TestHost

/// Looks whether a plan leaves memory behind: then each time that it is run there is more.
enum LeakCheck {
    /// Runs that fill what is kept on purpose: caches, pools, free lists.
    private static let warmUp = 4
    private static let runs = 8

    /// - Throws: `TestFailure` when memory grows with each run.
    static func run(_ plan: [UInt8], _ applications: PlannedApplications) throws {
        var sizes: [Int] = []
        for run in 0..<(warmUp + runs) {
            try BatchPlan.run(plan, applications, collects: true)
            if run >= warmUp { sizes.append(__sanitizer_get_current_allocated_bytes()) }
            // What shrinks or stays once is nothing that is left each time.
            if sizes.count > 1, sizes[sizes.count - 1] <= sizes[sizes.count - 2] { return }
        }
        throw TestFailure("bytes of memory in use after each of \(runs) runs of the same plan: \(sizes)")
    }
}
