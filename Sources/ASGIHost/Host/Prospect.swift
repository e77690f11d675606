import CPlatform

/// Whether it pays to look for what may come, going by what came of looking before.
///
/// Where it is in vain more often than not it is tried only now and then, so that a server whose requests come apart looks
/// for about a microsecond a request. (A single success that made up for all failures: an upload through a socket had
/// Python's thread look for half of its time, which the others on two cores were short of.)
public struct Prospect {
    /// Nanoseconds to look for: being woken costs about as much.
    public static let time: UInt64 = 60_000
    /// How much more often it may be in vain than not, and how often it is left out then.
    private static let most = 4
    private static let pause = 100

    /// There is a core for whoever is waited for.
    private let isPossible = cplatform_processors() > 1

    private var hope = Prospect.most
    private var leftOut = 0

    /// One that expects it to pay.
    public init() {}

    /// Whether to look now.
    public mutating func isWorthIt() -> Bool {
        guard isPossible else { return false }
        if hope > 0 { return true }
        leftOut += 1
        guard leftOut >= Prospect.pause else { return false }
        leftOut = 0
        return true
    }

    /// What came of looking.
    public mutating func learn(_ hasCome: Bool) { hope = hasCome ? min(Prospect.most, hope + 1) : max(0, hope - 1) }
}
