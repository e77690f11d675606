/// The object that the loop's callbacks are bound to. It gives them the context, which is made after them.
final class HostReference {
    private let host: Host

    init(_ host: Host) { self.host = host }

    /// The context of the loop that calls.
    var context: LoopContext { host.contextOnLoop }
}
