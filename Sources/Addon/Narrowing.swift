import Mailbox

/// Copies UTF-16 code units that are latin-1 characters as bytes.
///
/// - Parameter parts: how many parts the text has, with a NUL between two.
/// - Returns: `false` when a unit is no latin-1 character, or a control character other than TAB and those NULs.
func narrow(
    _ units: UnsafePointer<UInt16>, count: Int, parts: Int, into text: inout RawBuffer<UInt8>
) -> Bool {
    let target = text.extend(by: count)
    var isForbidden: UInt16 = 0
    var separators = 0
    var start = 0
    while start < count {
        // In pieces whose NULs a unit can count: all of the loop is in units, so that it is done in vectors.
        let end = min(count, start + Int(UInt16.max))
        var nuls: UInt16 = 0
        for index in start..<end {
            let unit = units[index]
            let isNul: UInt16 = unit == 0 ? 1 : 0
            let isControl: UInt16 = (unit < 0x20 && unit != 9) || unit == 0x7f ? 1 : 0
            isForbidden |= (isControl ^ isNul) | (unit >> 8)
            nuls &+= isNul
            target[index] = UInt8(truncatingIfNeeded: unit)
        }
        separators += Int(nuls)
        start = end
    }
    return isForbidden == 0 && separators == max(0, parts - 1)
}
