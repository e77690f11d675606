import Mailbox
import Testing

@Suite("Heads")
struct HeadTests {
    typealias Headers = [(String, String)]

    // MARK: - Requests

    /// The fields of a request's head as sent, read without those of earlier heads.
    private struct Sent: Equatable {
        var shape: UInt32
        var count = 0
        var names: [String]?
        var fields: [Int: String] = [:]
    }

    /// A client's encoder, and the records that it writes.
    private final class Client {
        private var writer = RequestHeadWriter()

        func write(_ target: String, _ headers: Headers) throws -> Sent {
            let texts = [target] + headers.flatMap { [$0.0, $0.1] }
            let octets = Array(texts.joined().utf8)
            var batch = Batch()
            let place = batch.begin(Command.request, slot: 1)
            octets.withUnsafeBytes { octets in
                var position = 0
                let parts = texts.map { text in
                    defer { position += text.utf8.count }
                    return UnsafeRawBufferPointer(rebasing: octets[position..<(position + text.utf8.count)])
                }
                writer.begin()
                writer.set(Command.Field.target, parts[0])
                for index in headers.indices { writer.add(name: parts[2 * index + 1], value: parts[2 * index + 2]) }
                writer.write(to: &batch)
            }
            batch.finish(place)
            return try read(batch)
        }

        private func read(_ batch: borrowing Batch) throws -> Sent {
            let words = UnsafeRawPointer(batch.records.start).assumingMemoryBound(to: UInt32.self)
            let size = Int(batch.number(Record.Index.size, at: 0))
            let first = Record.Index.first
            var head = try #require(
                HeadReader(words + first, available: size - first, unnamed: Command.Field.count))
            var sent = Sent(shape: head.shape, count: head.count)
            if head.definesNames {
                sent.names = (Command.Field.count..<head.count).map { _ in text(head.next()) }
            }
            for index in 0..<head.count where head.isSent(index) { sent.fields[index] = text(head.next()) }
            return sent
        }
    }

    private static let first = Command.Field.count

    @Test("The first head of a request has its names and all fields; later ones have the differences")
    func requests() throws {
        let client = Client()
        let first = try client.write("/a", [("Host", "x"), ("Cookie", "1")])
        #expect(first.shape == 0 && first.count == 8 && first.names == ["Host", "Cookie"])
        #expect(first.fields == [0: "", 1: "/a", 2: "", 3: "", 4: "", 5: "", 6: "x", 7: "1"])
        #expect(try client.write("/a", [("Host", "x"), ("Cookie", "1")]) == Sent(shape: 0, count: 8))
        let other = try client.write("/b", [("Host", "x"), ("Cookie", "22")])
        #expect(other == Sent(shape: 0, count: 8, fields: [1: "/b", 7: "22"]))
        let empty = try client.write("/b", [("Host", ""), ("Cookie", "22")])
        #expect(empty == Sent(shape: 0, count: 8, fields: [6: ""]))
    }

    @Test(
        "Other names, another spelling, order or number form another shape with its own fields",
        arguments: [
            [("host", "x"), ("Cookie", "1")], [("Cookie", "1"), ("Host", "x")], [("Host", "x")], [],
            [("HostCookie", "x")], [("HostC", "x"), ("ookie", "1")], [("Host", "x"), ("Cookie", "1"), ("Cookie", "2")],
        ])
    func otherShapes(_ headers: Headers) throws {
        let client = Client()
        _ = try client.write("/a", [("Host", "x"), ("Cookie", "1")])
        let other = try client.write("/a", headers)
        #expect(other.shape == 1 && other.names == headers.map(\.0))
        #expect(other.fields.count == Self.first + headers.count)
        #expect(try client.write("/a", [("Host", "x"), ("Cookie", "1")]) == Sent(shape: 0, count: 8))
        #expect(try client.write("/a", headers) == Sent(shape: 1, count: Self.first + headers.count))
    }

    @Test("A value that is too long to be kept is sent each time, and the next value in its place, too")
    func longValues() throws {
        let client = Client()
        let kept = String(repeating: "a", count: Head.maxKeptLength)
        var before: String?
        for value in [kept, kept + "a", kept + "a", "", "", kept, kept, kept + "b", kept] {
            let sent = try client.write("/", [("x", value)])
            let isSame = before == value && value.count <= Head.maxKeptLength
            before = value
            #expect(sent.fields[Self.first] == (isSame ? nil : value))
        }
    }

    @Test("A head with more headers than are kept is sent completely each time")
    func manyHeaders() throws {
        let client = Client()
        let headers = (0...Head.maxHeaders).map { ("x-\($0)", "\($0)") }
        for _ in 0..<2 {
            let sent = try client.write("/", headers)
            #expect(sent.shape == Head.noShape && sent.names == headers.map(\.0))
            #expect(sent.fields.count == Self.first + headers.count)
        }
        let fewer = Array(headers.dropFirst())
        #expect(try client.write("/", fewer).shape == 0)
        #expect(try client.write("/", fewer) == Sent(shape: 0, count: Self.first + fewer.count))
    }

    @Test("When there are more shapes than are kept, all are forgotten, and numbers start again")
    func manyShapes() throws {
        let client = Client()
        for number in 0..<Head.maxShapes {
            #expect(try client.write("/", [("x-\(number)", "")]).shape == UInt32(number))
        }
        let last = Head.maxShapes - 1
        #expect(try client.write("/", [("x-\(last)", "")]) == Sent(shape: UInt32(last), count: Self.first + 1))
        #expect(try client.write("/", [("x-new", "")]).shape == 0)
        let again = try client.write("/", [("x-0", "")])
        #expect(again.shape == 1 && again.names == ["x-0"])
    }

    // MARK: - Responses

    /// A reader, and heads as a host could write them.
    private final class Host {
        private var reader = ResponseHeadReader()

        /// - Parameter sent: the values that are sent, by their indices.
        func read(_ shape: UInt32, _ count: Int, names: [String] = [], sent: [Int: String] = [:]) -> [String]? {
            var numbers = [shape, UInt32(count)]
            var masks = [UInt32](repeating: 0, count: Head.masks(for: count))
            for index in sent.keys { masks[index >> 5] |= 1 << UInt32(index & 31) }
            let texts = names + sent.keys.sorted().map { sent[$0]! }
            numbers += masks + texts.map { UInt32($0.utf8.count) }
            var octets = Array(texts.joined().utf8)
            octets += Array(repeating: 0, count: (4 - octets.count % 4) % 4)
            octets.withUnsafeBytes { numbers += $0.bindMemory(to: UInt32.self) }
            return read(numbers)
        }

        func read(_ numbers: [UInt32]) -> [String]? {
            // Memory that ends with the head.
            let memory = UnsafeMutablePointer<UInt32>.allocate(capacity: numbers.count)
            defer { memory.deallocate() }
            memory.update(from: numbers, count: numbers.count)
            return reader.read(memory, available: numbers.count).map { head in
                (0..<head.count).map { "\(text(head.name($0))): \(text(head.value($0)))" }
            }
        }
    }

    @Test("A field that a response's head leaves out has the value of the last head of its shape")
    func responses() {
        let host = Host()
        #expect(host.read(Head.defines, 2, names: ["a", "b"], sent: [0: "1", 1: ""]) == ["a: 1", "b: "])
        #expect(host.read(1 | Head.defines, 1, names: ["c"], sent: [0: "x"]) == ["c: x"])
        #expect(host.read(0, 2) == ["a: 1", "b: "])
        #expect(host.read(0, 2, sent: [1: "22"]) == ["a: 1", "b: 22"])
        #expect(host.read(0, 2, sent: [0: ""]) == ["a: ", "b: 22"])
        #expect(host.read(1, 1) == ["c: x"])
        #expect(host.read(Head.defines, 1, names: ["d"], sent: [0: "y"]) == ["d: y"])
        #expect(host.read(0, 1) == ["d: y"])
        #expect(host.read(2 | Head.defines, 0) == [])
        #expect(host.read(2, 0) == [])
    }

    @Test("A response's head without a shape may have any number of headers")
    func unremembered() {
        let host = Host()
        let names = (0..<100).map { "x-\($0)" }
        let sent = Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, "\($0)") })
        for _ in 0..<2 {
            #expect(host.read(Head.noShape, 100, names: names, sent: sent) == (0..<100).map { "x-\($0): \($0)" })
        }
    }

    @Test("An invalid head of a response is refused, and later ones are read correctly")
    func unreadable() {
        let host = Host()
        #expect(host.read(Head.defines, 1, names: ["a"], sent: [0: "1"]) == ["a: 1"])
        // Unknown shapes, invalid numbers of shapes, another number of fields, and incomplete heads.
        for numbers in [
            [1, 1, 0], [128, 1, 0], [Head.defines | 128, 1, 1, 0, 0], [Head.defines - 1, 1, 0], [0, 2, 0], [0, 0],
            [0], [0, 1], [0, 33, 0], [0, .max], [0, 1, 1], [0, 1, 1, 1], [0, 1, 1, 5, 0],
            [Head.defines | 1, 1, 0], [Head.noShape, 1, 1, 0],
        ] as [[UInt32]] {
            #expect(host.read(numbers) == nil, "\(numbers)")
        }
        #expect(host.read(0, 1) == ["a: 1"])
    }
}

private func text(_ octets: UnsafeRawBufferPointer) -> String { String(decoding: octets, as: UTF8.self) }
