import HTTP1
import Testing

@Suite("Timestamps")
struct TimestampValueTests {
    @Test(
        "a time is written as JavaScript's toISOString writes it",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (784_111_777_007, "1994-11-06T08:49:37.007Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_010, "2000-02-29T00:00:00.010Z"),
            (1_735_689_599_100, "2024-12-31T23:59:59.100Z"),
        ])
    func text(milliseconds: Int, text: String) {
        var time = TimestampValue()
        #expect(String(decoding: time.at(milliseconds), as: UTF8.self) == text)
        #expect(String(decoding: time.at(milliseconds), as: UTF8.self) == text)
        #expect(String(decoding: time.at(784_111_777_007), as: UTF8.self) == "1994-11-06T08:49:37.007Z")
        #expect(String(decoding: time.at(784_111_777_990), as: UTF8.self) == "1994-11-06T08:49:37.990Z")
    }
}
