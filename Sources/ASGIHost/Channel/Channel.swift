public import Mailbox

extension Host {
    /// The two mailboxes through which one client and the host exchange batches. Used on the threads of both.
    ///
    /// `Host.attach` makes a channel, and `Host.detach` ends its use.
    public final class Channel: Sendable {
        /// Requests and other commands to the host.
        public let commands = Mailbox()
        /// Responses and other answers to the client.
        public let answers = Mailbox()
        /// The channel's number in its host.
        public let number: Int
        let client: any Client
        /// Whether the client runs on the event loop's thread, and reads answers after each turn of Python.
        let isLocal: Bool
        private let wakeup: WakeupDescriptor

        init(number: Int, client: any Client, isLocal: Bool, wakeup: WakeupDescriptor) {
            self.number = number
            self.isLocal = isLocal
            self.client = client
            self.wakeup = wakeup
        }

        /// Moves a batch of commands to the host and empties it. Called on the client's thread.
        ///
        /// - Parameter wakes: `false` if the caller calls `GuestEventLoop.turn` next, which executes the commands.
        public func submit(_ batch: inout Batch, wakes: Bool = true) {
            switch commands.deliver(&batch) {
            case .first: if wakes { wakeup.signal() }
            case .appended: break
            case .closed: batch.clear()
            }
        }
    }
}
