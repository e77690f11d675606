import Mailbox
import NodeAPI

/// The memory that both the core in JavaScript and the addon see: typed arrays with what is handed over between the two.
///
/// Of the JavaScript thread. Each array is kept by the core for as long as it runs, and with it its memory.
struct SharedMemory {
    /// Numbers of a command batch; the core hands over before it is full.
    private static let commandCapacity = 16 << 10
    /// Bytes of the small bodies, and of headers, of a command batch; the core hands over before they are more.
    private static let smallCapacity = 64 << 10
    /// Numbers of an answer batch that need no array of their own.
    static let answerCapacity = 16 << 10
    /// Bytes of an answer batch that need no Buffer of their own.
    static let byteCapacity = 4 << 10

    /// The records of a command batch.
    let commands: UnsafePointer<UInt32>
    /// The bytes that come with them.
    let small: UnsafeRawPointer
    /// How much of a command batch there is: the numbers of its words, of its text's parts, and of the bytes in `small`.
    let sizes: UnsafePointer<UInt32>
    /// The records of an answer batch, and their array.
    let answers: UnsafeMutablePointer<UInt32>
    let answersArray: NodeReference
    /// The bytes that come with them.
    let bytes: UnsafeMutableRawPointer
    /// How many turns Node's loop has taken, where it is counted.
    let turns: UnsafeMutablePointer<UInt32>

    /// Makes the arrays and gives the core those that it does not get with an answer.
    init(for native: NodeValue, _ node: borrowing Node) throws(NodeError) {
        commands = UnsafePointer(try SharedMemory.numbers("commands", SharedMemory.commandCapacity, native, node))
        small = UnsafeRawPointer(try SharedMemory.numbers("small", SharedMemory.smallCapacity / 4, native, node))
        sizes = UnsafePointer(try SharedMemory.numbers("sizes", 3, native, node))
        bytes = UnsafeMutableRawPointer(
            try SharedMemory.numbers("bytes", SharedMemory.byteCapacity / 4, native, node))
        turns = try SharedMemory.numbers("turns", 1, native, node)
        let (array, memory) = try node.numbers(capacity: SharedMemory.answerCapacity)
        answers = memory
        answersArray = try NodeReference(array, node)
    }

    private static func numbers(
        _ name: String, _ capacity: Int, _ native: NodeValue, _ node: borrowing Node
    ) throws(NodeError) -> UnsafeMutablePointer<UInt32> {
        let (array, memory) = try node.numbers(capacity: capacity)
        try node.set(name, of: native, to: array)
        return memory
    }
}
