extension Host {
    /// The user of a channel: a JavaScript environment, an I/O thread of the native server, or a test.
    ///
    /// It submits commands, is woken when there are answers, and reads them.
    public protocol Client: AnyObject, Sendable {
        /// Called on the event loop's thread when the first answer is ready. Must not block or call Python.
        func wake()
    }
}
