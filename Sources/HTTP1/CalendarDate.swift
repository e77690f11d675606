/// A date in the Gregorian calendar.
struct CalendarDate {
    let year: Int
    /// From 1.
    let month: Int
    /// From 1.
    let day: Int

    /// The date a number of days after 1 January 1970. The calculation uses years that begin in March, so that the leap
    /// day is the last day of a year.
    ///
    /// - Parameter days: not negative.
    init(days: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * month + 2) / 5 + 1
        self.month = month < 10 ? month + 3 : month - 9
        year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }
}

extension OctetBuffer {
    /// Adds a number below 100 as two digits.
    mutating func append(twoDigits number: Int) {
        if number < 10 { append("0") }
        append(decimal: number)
    }
}
