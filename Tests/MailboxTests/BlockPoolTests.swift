import Testing

@testable import Mailbox

@Suite("Memory for large bodies", .serialized)
struct BlockPoolTests {
    @Test("Released memory is reused for an allocation of the same size")
    func reuse() {
        let first = BlockPool.allocate(60_000)
        BlockPool.release(first, 60_000)
        let second = BlockPool.allocate(64 << 10)
        #expect(first == second)
        BlockPool.release(second, 64 << 10)
    }

    @Test("Allocations in use are distinct and large enough", arguments: [1, 16 << 10, 65_537, 1 << 20, 3 << 20])
    func distinct(count: Int) {
        let pieces = (0..<8).map { _ in BlockPool.allocate(count) }
        for (index, piece) in pieces.enumerated() {
            piece.initializeMemory(as: UInt8.self, repeating: UInt8(index), count: count)
        }
        for (index, piece) in pieces.enumerated() {
            let bytes = UnsafeRawBufferPointer(start: piece, count: count)
            #expect(bytes.allSatisfy { $0 == UInt8(index) })
        }
        for piece in pieces { BlockPool.release(piece, count) }
    }

    @Test("No more than 4 MiB are kept, and no allocation above 1 MiB")
    func bound() {
        let pieces = (0..<64).map { _ in BlockPool.allocate(256 << 10) }
        for piece in pieces { BlockPool.release(piece, 256 << 10) }
        #expect(BlockPool.keptBytes <= 4 << 20)
        let before = BlockPool.keptBytes
        BlockPool.release(BlockPool.allocate(2 << 20), 2 << 20)
        #expect(BlockPool.keptBytes == before)
    }
}
