import Mailbox
import NodeAPI

/// Memory shared by JavaScript and the addon: typed arrays with the batches that they exchange.
///
/// Used on the JavaScript thread. JavaScript keeps each array, and with it the memory, as long as it runs.
///
/// `@safe` because JavaScript keeps the memory as long as its environment, which outlives this.
@safe struct SharedMemory {
    /// The capacity of a command batch in numbers. JavaScript submits before it is full.
    private static let commandCapacity = 64 << 10
    /// The capacity for answer batches in numbers. A larger batch gets an array of its own.
    static let answerCapacity = 16 << 10

    /// The records of a command batch.
    let commands: UnsafeRawPointer
    /// How many numbers of them are used.
    let used: UnsafePointer<UInt32>
    /// The records of an answer batch, and their array.
    let answers: UnsafeMutablePointer<UInt32>
    let answersArray: NodeReference
    /// How many turns Node's loop has taken. Only counted if it drives a guest loop.
    let turns: UnsafeMutablePointer<UInt32>

    /// Makes the arrays and sets them as properties of `native`.
    init(for native: NodeValue, _ node: borrowing Node) throws(NodeError) {
        unsafe commands = UnsafeRawPointer(
            try SharedMemory.numbers("commands", SharedMemory.commandCapacity, native, node))
        unsafe used = UnsafePointer(try SharedMemory.numbers("used", 1, native, node))
        unsafe turns = try unsafe SharedMemory.numbers("turns", 1, native, node)
        let (array, memory) = unsafe try node.numbers(capacity: SharedMemory.answerCapacity)
        unsafe answers = memory
        answersArray = try NodeReference(array, node)
        try node.set("answers", of: native, to: array)
    }

    private static func numbers(
        _ name: String, _ capacity: Int, _ native: NodeValue, _ node: borrowing Node
    ) throws(NodeError) -> UnsafeMutablePointer<UInt32> {
        let (array, memory) = unsafe try node.numbers(capacity: capacity)
        try node.set(name, of: native, to: array)
        return unsafe memory
    }
}
