import ASGIHost

import struct Foundation.Date
import class Foundation.NSCondition

/// Counts wake-ups, and lets a test wait for the next one.
///
/// `@unchecked` is sound because the count is used only under the lock.
package final class WakeCounter: Host.Client, @unchecked Sendable {
    private let condition = NSCondition()
    private var wakes = 0

    package init() {}

    package func wake() {
        condition.withLock {
            wakes += 1
            condition.broadcast()
        }
    }

    /// The number of wake-ups.
    package var count: Int { condition.withLock { wakes } }

    /// Waits until `count` is no longer `seen`.
    ///
    /// - Returns: `false` after a timeout that a passing test never reaches.
    package func wait(after seen: Int) -> Bool {
        let deadline = Date(timeIntervalSinceNow: 60)
        return condition.withLock {
            while wakes == seen {
                if !condition.wait(until: deadline) { return false }
            }
            return true
        }
    }
}
