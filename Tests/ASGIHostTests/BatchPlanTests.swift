import BatchPlans
import TestHost
import Testing

@Suite("Generated batches", .exclusive)
struct BatchPlanTests {
    @Test("Each answer belongs to its request, and nothing is left, for any commands in any order", arguments: 0..<8)
    func madeUp(_ seed: Int) throws {
        let applications = try PlannedApplications()
        var random = Numbers(state: UInt64(seed) &* 1000 &+ 1)
        for number in 0..<25 {
            let plan = (0..<Int.random(in: 20..<800, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            do {
                try BatchPlan.run(plan, applications)
            } catch {
                throw TestFailure("plan \(number) of seed \(seed): \(error)")
            }
        }
    }
}

/// The same numbers in each run (SplitMix64).
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
