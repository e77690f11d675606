public import Mailbox

/// The place where one transport and the host exchange batches; both threads hold it.
public final class Port: Sendable {
    /// Requests and what belongs to them, on their way to the host.
    public let commands = Mailbox()
    /// Responses and what belongs to them, on their way to the transport.
    public let answers = Mailbox()
    /// The port's number in its host.
    public let number: Int
    let transport: any Transport
    /// The transport lives on the event loop's thread: it reads answers when Python has had its turn, not before.
    let isLocal: Bool
    private let wakeup: WakeupDescriptor

    init(number: Int, transport: any Transport, isLocal: Bool, wakeup: WakeupDescriptor) {
        self.number = number
        self.isLocal = isLocal
        self.transport = transport
        self.wakeup = wakeup
    }

    /// Hands a batch of commands to the host and empties it. The transport's thread.
    ///
    /// - Parameter wakes: `false` where `HostedLoop.turn` follows, which carries them out.
    public func submit(_ batch: inout Batch, wakes: Bool = true) {
        switch commands.deliver(&batch) {
        case .first: if wakes { wakeup.signal() }
        case .behind: break
        case .closed: batch.clear()
        }
    }
}
