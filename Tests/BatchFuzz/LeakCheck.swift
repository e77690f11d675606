import BatchPlans
import CFuzzer
import TestHost

/// Checks whether a plan leaks memory: then the process grows with each run.
enum LeakCheck {
    /// Runs that fill caches, pools and free lists.
    private static let warmUp = 4
    private static let runs = 8

    /// - Throws: `TestFailure` when memory grows with each run.
    static func run(_ plan: [UInt8], _ applications: PlannedApplications) throws {
        var sizes: [Int] = []
        for run in 0..<(warmUp + runs) {
            try BatchPlan.run(plan, applications, collects: true)
            if run >= warmUp { sizes.append(__sanitizer_get_current_allocated_bytes()) }
            // Memory that shrinks, or grows only once, is not a leak.
            if sizes.count > 1, sizes[sizes.count - 1] <= sizes[sizes.count - 2] { return }
        }
        throw TestFailure("bytes of memory in use after each of \(runs) runs of the same plan: \(sizes)")
    }
}
