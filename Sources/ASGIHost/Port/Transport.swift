/// Where requests come from and responses go to: Node's JavaScript today, memory in tests.
///
/// The host fills the port's `answers` and calls `wake`; who takes them out, and when, is the transport's.
public protocol Transport: AnyObject, Sendable {
    /// There are answers where there were none. Called on the event loop's thread; must not block or call Python.
    func wake()
}
