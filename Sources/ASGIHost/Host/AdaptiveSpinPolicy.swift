import CPlatform

/// Decides whether to spin for something that may arrive soon, by how often spinning has succeeded lately.
///
/// Each success raises a score and each failure lowers it, so spinning stops where it fails more often than it succeeds;
/// it is then tried only now and then. A single success must not outweigh many failures, because a spinning thread takes
/// a core from others (measured: test/bench).
public struct AdaptiveSpinPolicy {
    /// How long to spin, in nanoseconds: about the cost of waking a thread.
    public static let spinTime: UInt64 = 60_000
    private static let maxScore = 4
    /// With a score of 0, one of this many calls of `shouldSpin` returns `true`.
    private static let retryInterval = 100

    /// Whether another core can run the thread that is waited for.
    private let isPossible = cplatform_processors() > 1

    private var score = AdaptiveSpinPolicy.maxScore
    private var skipped = 0

    /// A policy that starts by spinning.
    public init() {}

    /// Whether to spin now. Always `false` on a machine with one processor.
    public mutating func shouldSpin() -> Bool {
        guard isPossible else { return false }
        if score > 0 { return true }
        skipped += 1
        guard skipped >= AdaptiveSpinPolicy.retryInterval else { return false }
        skipped = 0
        return true
    }

    /// Records whether spinning has found something.
    public mutating func record(success: Bool) {
        score = success ? min(AdaptiveSpinPolicy.maxScore, score + 1) : max(0, score - 1)
    }
}
