import ASGIHost

import struct Foundation.Date
import class Foundation.NSCondition

/// Counts how often there were answers, and lets a test wait for them.
///
/// `@unchecked` because the count is read and written under the lock.
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

    /// How often there were answers where there were none.
    package var count: Int { condition.withLock { wakes } }

    /// Waits until `count` is no longer `seen`.
    ///
    /// - Returns: `false` when nothing has come for so long that nothing will: a passing test never waits that long.
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
