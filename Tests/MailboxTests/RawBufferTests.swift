import Mailbox
import Testing

@Suite("RawBuffer")
struct RawBufferTests {
    @Test("A new buffer is empty")
    func empty() {
        let buffer = RawBuffer<UInt32>(capacity: 4)
        let count = buffer.count
        let bytes = buffer.bytes.count
        #expect(count == 0)
        #expect(bytes == 0)
    }

    @Test("It grows from any capacity and keeps its content", arguments: [0, 1, 2, 3, 256])
    func growth(capacity: Int) {
        var buffer = RawBuffer<UInt32>(capacity: capacity)
        for value in 0..<1000 as Range<UInt32> { buffer.append(value) }
        let values = (0..<buffer.count).map { buffer[$0] }
        #expect(values == Array(0..<1000))
    }

    @Test("Copied elements are appended")
    func appendCopy() {
        var buffer = RawBuffer<UInt8>(capacity: 2)
        buffer.append(1)
        let more: [UInt8] = [2, 3, 4, 5, 6, 7]
        more.withUnsafeBufferPointer { buffer.append($0.baseAddress!, count: $0.count) }
        let bytes = Array(buffer.bytes)
        #expect(bytes == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test("The caller fills the memory by which the buffer was extended")
    func extend() {
        var buffer = RawBuffer<UInt16>(capacity: 1)
        buffer.append(1)
        let room = buffer.extend(by: 3)
        for index in 0..<3 { room[index] = UInt16(index + 2) }
        let values = (0..<buffer.count).map { buffer[$0] }
        #expect(values == [1, 2, 3, 4])
    }

    @Test("An element can be changed in place")
    func change() {
        var buffer = RawBuffer<UInt32>(capacity: 1)
        buffer.append(1)
        buffer.append(2)
        buffer[0] |= 8
        let values = (buffer[0], buffer[1])
        #expect(values == (9, 2))
    }

    @Test("The bytes are those of the elements, in the machine's byte order")
    func bytes() {
        var buffer = RawBuffer<UInt32>(capacity: 1)
        buffer.append(UInt32(littleEndian: 0x0403_0201))
        let bytes = Array(buffer.bytes)
        #expect(bytes == [1, 2, 3, 4])
    }

    @Test("Shrinking removes the end and keeps the beginning")
    func shrink() {
        var buffer = RawBuffer<UInt8>(capacity: 4)
        for value in 0..<10 as Range<UInt8> { buffer.append(value) }
        buffer.shrink(to: 3)
        buffer.append(9)
        let bytes = Array(buffer.bytes)
        #expect(bytes == [0, 1, 2, 9])
    }

    @Test("Shrinking to nothing keeps a small buffer's memory for reuse")
    func keepsMemory() {
        var buffer = RawBuffer<UInt8>(capacity: 1024)
        let before = buffer.start
        _ = buffer.extend(by: 1024)
        buffer.shrink(to: 0)
        let after = buffer.start
        #expect(before == after)
    }

    @Test("A large buffer can be used again after it has shrunk to nothing")
    func givesMemoryBack() {
        var buffer = RawBuffer<UInt8>(capacity: 16)
        let room = buffer.extend(by: 2 << 20)
        room[0] = 7
        buffer.shrink(to: 1)
        let kept = buffer[0]
        #expect(kept == 7)
        buffer.shrink(to: 0)
        for value in 0..<600 { buffer.append(UInt8(truncatingIfNeeded: value)) }
        let (count, last) = (buffer.count, buffer[599])
        #expect(count == 600)
        #expect(last == 87)
    }
}
