/// The value of a Date field, written anew only when its second is another one.
public struct DateValue: ~Copyable {
    private var text = OctetBuffer()
    private var second = Int.min

    /// A value that is not written yet.
    public init() {}

    /// The value for a time, as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7); valid until the next call.
    ///
    /// - Parameter second: seconds since 1970, in UTC; not before 1970.
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
        let (year, month, day) = Self.date(days)
        let weekdays: StaticString = "ThuFriSatSunMonTueWed"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        text.truncate()
        unsafe text.append(UnsafeRawBufferPointer(start: weekdays.utf8Start + days % 7 * 3, count: 3))
        text.append(", ")
        appendTwo(day)
        text.append(" ")
        unsafe text.append(UnsafeRawBufferPointer(start: months.utf8Start + (month - 1) * 3, count: 3))
        text.append(" ")
        text.append(decimal: year)
        text.append(" ")
        appendTwo(time / 3_600)
        text.append(":")
        appendTwo(time / 60 % 60)
        text.append(":")
        appendTwo(time % 60)
        text.append(" GMT")
    }

    private mutating func appendTwo(_ number: Int) {
        if number < 10 { text.append("0") }
        text.append(decimal: number)
    }

    /// The date in the Gregorian calendar. Years begin in March here, so that the leap day is the last one of a year.
    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, day)
    }
}
