/// Metrics of finished requests: their number by method and status, a histogram of their time, and one of their
/// responses' size.
///
/// Its size in memory does not depend on the requests.
public struct RequestMetrics: Sendable {
    /// The methods, times and sizes that are counted separately.
    public struct Bounds: Sendable {
        /// The methods that are counted separately; all others are counted together.
        public var methods: [[UInt8]]
        /// The upper bounds of the time's buckets except the last, ascending, in nanoseconds.
        public var nanoseconds: [Int]
        /// The upper bounds of the size's buckets except the last, ascending, in bytes.
        public var bytes: [Int]

        /// The given bounds.
        public init(methods: [[UInt8]], nanoseconds: [Int], bytes: [Int]) {
            (self.methods, self.nanoseconds, self.bytes) = (methods, nanoseconds, bytes)
        }

        /// The index of a method; the number of methods for any other.
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

    /// Statuses are below this.
    private static let statuses = 1000

    private var responses: [Int]
    private var nanoseconds: Histogram
    private var bytes: Histogram

    /// Metrics without requests.
    public init(_ bounds: Bounds) {
        responses = Array(repeating: 0, count: (bounds.methods.count + 1) * Self.statuses)
        nanoseconds = Histogram(bounds.nanoseconds)
        bytes = Histogram(bounds.bytes)
    }

    /// Counts a request.
    ///
    /// - Parameters:
    ///   - method: the index of its method.
    ///   - status: the response's status; 0 if none has begun.
    ///   - time: nanoseconds from its head to the end of its response.
    ///   - size: how many bytes of the response's body were sent.
    mutating func count(method: Int, status: Int, time: Int, size: Int, _ bounds: Bounds) {
        responses[method * Self.statuses + min(status, Self.statuses - 1)] += 1
        nanoseconds.observe(time, bounds.nanoseconds)
        bytes.observe(size, bounds.bytes)
    }

    /// Adds the metrics of another thread, which must have the same bounds.
    mutating func add(_ other: RequestMetrics) {
        for index in responses.indices { responses[index] += other.responses[index] }
        nanoseconds.add(other.nanoseconds)
        bytes.add(other.bytes)
    }

    /// The metrics as JSON: `{ responses: [index of the method, status, count, …], nanoseconds, bytes }`; the latter
    /// two are `{ counts, sum }`.
    public var json: String {
        let counted = responses.indices.filter { responses[$0] > 0 }
        let triples = counted.flatMap { [$0 / Self.statuses, $0 % Self.statuses, responses[$0]] }
        return "{\"responses\":\(Self.json(triples)),\"nanoseconds\":\(nanoseconds.json),\"bytes\":\(bytes.json)}"
    }

    private static func json(_ numbers: [Int]) -> String { "[\(numbers.map(String.init).joined(separator: ","))]" }
}
