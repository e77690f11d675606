import Mailbox
import NodeAPI

/// The memory that both the core in JavaScript and the addon see: typed arrays with what is handed over between the two.
///
/// Of the JavaScript thread. Each array is kept by the core for as long as it runs, and with it its memory.
///
/// `@safe` because JavaScript keeps the memory as long as its environment, which is as long as this.
@safe struct SharedMemory {
    /// Numbers of a command batch; the core hands over before it is full.
    private static let commandCapacity = 64 << 10
    /// Numbers of an answer batch that needs no array of its own.
    static let answerCapacity = 16 << 10

    /// The records of a command batch.
    let commands: UnsafeRawPointer
    /// How many numbers of them there are.
    let used: UnsafePointer<UInt32>
    /// The records of an answer batch, and their array.
    let answers: UnsafeMutablePointer<UInt32>
    let answersArray: NodeReference
    /// How many turns Node's loop has taken, where it is counted.
    let turns: UnsafeMutablePointer<UInt32>

    /// Makes the arrays and gives the core those that it does not get with an answer.
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
