public import Mailbox

extension Host {
    /// Where one client and the host exchange batches; the threads of both hold it.
    ///
    /// `Host.attach` makes it, and it is in use until `Host.detach`.
    public final class Channel: Sendable {
        /// Requests and what belongs to them, on their way to the host.
        public let commands = Mailbox()
        /// Responses and what belongs to them, on their way to the client.
        public let answers = Mailbox()
        /// The channel's number in its host.
        public let number: Int
        let client: any Client
        /// The client lives on the event loop's thread: it reads answers when Python has had its turn, not before.
        let isLocal: Bool
        private let wakeup: WakeupDescriptor

        init(number: Int, client: any Client, isLocal: Bool, wakeup: WakeupDescriptor) {
            self.number = number
            self.isLocal = isLocal
            self.client = client
            self.wakeup = wakeup
        }

        /// Hands a batch of commands to the host and empties it. The client's thread.
        ///
        /// - Parameter wakes: `false` where `GuestEventLoop.turn` follows, which carries them out.
        public func submit(_ batch: inout Batch, wakes: Bool = true) {
            switch commands.deliver(&batch) {
            case .first: if wakes { wakeup.signal() }
            case .appended: break
            case .closed: batch.clear()
            }
        }
    }
}
