/// What is measured of requests that are over: how many there were by method and status, how long they took, and how large
/// their responses were.
///
/// It takes the same memory whatever clients ask for.
public struct RequestMetrics: Sendable {
    /// What is told apart.
    public struct Bounds: Sendable {
        /// Methods that are counted each by itself; all others are one.
        public var methods: [[UInt8]]
        /// The largest value of each bucket but the last, ascending, in nanoseconds.
        public var nanoseconds: [Int]
        /// The largest value of each bucket but the last, ascending.
        public var bytes: [Int]

        /// Bounds as they are given.
        public init(methods: [[UInt8]], nanoseconds: [Int], bytes: [Int]) {
            (self.methods, self.nanoseconds, self.bytes) = (methods, nanoseconds, bytes)
        }

        /// The place of a method among all; their number for one that is not among them.
        func place(of method: UnsafeRawBufferPointer) -> Int {
            methods.firstIndex { unsafe $0.elementsEqual(method) } ?? methods.count
        }
    }

    private struct Histogram {
        var counts: [Int]
        var sum = 0

        init(_ bounds: [Int]) { counts = Array(repeating: 0, count: bounds.count + 1) }

        mutating func observe(_ value: Int, _ bounds: [Int]) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }

        mutating func add(_ other: Histogram) {
            for index in counts.indices { counts[index] += other.counts[index] }
            sum += other.sum
        }

        var json: String { "{\"counts\":\(RequestMetrics.json(counts)),\"sum\":\(sum)}" }
    }

    /// Statuses there may be: below this.
    private static let statuses = 1000

    private var responses: [Int]
    private var nanoseconds: Histogram
    private var bytes: Histogram

    /// Nothing, yet.
    public init(_ bounds: Bounds) {
        responses = Array(repeating: 0, count: (bounds.methods.count + 1) * Self.statuses)
        nanoseconds = Histogram(bounds.nanoseconds)
        bytes = Histogram(bounds.bytes)
    }

    /// Counts a request.
    ///
    /// - Parameters:
    ///   - method: its place among the methods.
    ///   - status: of the response; 0 where none has begun.
    ///   - time: nanoseconds from its head to the end of its response.
    ///   - size: bytes of the response's body that were sent.
    mutating func count(method: Int, status: Int, time: Int, size: Int, _ bounds: Bounds) {
        responses[method * Self.statuses + min(status, Self.statuses - 1)] += 1
        nanoseconds.observe(time, bounds.nanoseconds)
        bytes.observe(size, bounds.bytes)
    }

    /// Adds what another thread has counted by the same bounds.
    mutating func add(_ other: RequestMetrics) {
        for index in responses.indices { responses[index] += other.responses[index] }
        nanoseconds.add(other.nanoseconds)
        bytes.add(other.bytes)
    }

    /// `{ responses: [place of the method, status, count, …], nanoseconds, bytes }`, each of the latter
    /// `{ counts, sum }`.
    public var json: String {
        let counted = responses.indices.filter { responses[$0] > 0 }
        let triples = counted.flatMap { [$0 / Self.statuses, $0 % Self.statuses, responses[$0]] }
        return "{\"responses\":\(Self.json(triples)),\"nanoseconds\":\(nanoseconds.json),\"bytes\":\(bytes.json)}"
    }

    private static func json(_ numbers: [Int]) -> String { "[\(numbers.map(String.init).joined(separator: ","))]" }
}
