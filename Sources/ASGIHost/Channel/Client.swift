extension Host {
    /// Has a channel to the host: a JavaScript environment, an I/O thread of the native server, a test.
    ///
    /// It submits commands, is woken when there are answers, and takes them.
    public protocol Client: AnyObject, Sendable {
        /// There are answers where there were none. Called on the event loop's thread; must not block or call Python.
        func wake()
    }
}
