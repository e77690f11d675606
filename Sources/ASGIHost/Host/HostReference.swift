/// What the loop's callbacks are bound to: the way to the context, which is made after they are.
final class HostReference {
    private let host: Host

    init(_ host: Host) { self.host = host }

    /// The context of the loop that calls.
    var context: LoopContext { host.contextOnLoop }
}
