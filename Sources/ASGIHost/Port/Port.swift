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
    private let wakeup: WakeupDescriptor

    init(number: Int, transport: any Transport, wakeup: WakeupDescriptor) {
        self.number = number
        self.transport = transport
        self.wakeup = wakeup
    }

    /// Hands a batch of commands to the host and empties it. The transport's thread.
    public func submit(_ batch: inout Batch) {
        switch commands.deliver(&batch) {
        case .first: wakeup.signal()
        case .behind: break
        case .closed: batch.clear()
        }
    }
}
