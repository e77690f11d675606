/// A time in ISO 8601 with milliseconds. All but the milliseconds is cached for one second.
public struct TimestampValue: ~Copyable {
    private var text = OctetBuffer()
    private var second = Int.min
    /// The length of `1994-11-06T08:49:37.`, which a second's timestamps share.
    private var shared = 0

    /// A value without text.
    public init() {}

    /// The value for a time, such as `1994-11-06T08:49:37.123Z`. Valid until the next call.
    ///
    /// - Parameter milliseconds: since 1970 in UTC; not negative.
    public mutating func at(_ milliseconds: Int) -> UnsafeRawBufferPointer {
        let (second, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        if second != self.second {
            self.second = second
            write(second)
        }
        text.truncate(to: shared)
        if rest < 100 { text.append("0") }
        text.append(twoDigits: rest)
        text.append("Z")
        return unsafe text.octets
    }

    private mutating func write(_ second: Int) {
        let date = CalendarDate(days: second / 86_400)
        let time = second % 86_400
        text.truncate()
        text.append(decimal: date.year)
        text.append("-")
        text.append(twoDigits: date.month)
        text.append("-")
        text.append(twoDigits: date.day)
        text.append("T")
        text.append(twoDigits: time / 3_600)
        text.append(":")
        text.append(twoDigits: time / 60 % 60)
        text.append(":")
        text.append(twoDigits: time % 60)
        text.append(".")
        shared = text.count
    }
}
