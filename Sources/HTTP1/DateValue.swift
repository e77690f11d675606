/// The value of a Date field, cached for one second.
public struct DateValue: ~Copyable {
    private var text = OctetBuffer()
    private var second = Int.min

    /// A value without text.
    public init() {}

    /// The value for a time, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7). Valid until the next call.
    ///
    /// - Parameter second: seconds since 1970 in UTC; not negative.
    public mutating func at(_ second: Int) -> UnsafeRawBufferPointer {
        if second != self.second {
            self.second = second
            write(second)
        }
        return unsafe text.octets
    }

    private mutating func write(_ second: Int) {
        let days = second / 86_400
        let time = second % 86_400
        let date = CalendarDate(days: days)
        let weekdays: StaticString = "ThuFriSatSunMonTueWed"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        text.truncate()
        unsafe text.append(UnsafeRawBufferPointer(start: weekdays.utf8Start + days % 7 * 3, count: 3))
        text.append(", ")
        text.append(twoDigits: date.day)
        text.append(" ")
        unsafe text.append(UnsafeRawBufferPointer(start: months.utf8Start + (date.month - 1) * 3, count: 3))
        text.append(" ")
        text.append(decimal: date.year)
        text.append(" ")
        text.append(twoDigits: time / 3_600)
        text.append(":")
        text.append(twoDigits: time / 60 % 60)
        text.append(":")
        text.append(twoDigits: time % 60)
        text.append(" GMT")
    }
}
