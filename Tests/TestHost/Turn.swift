/// Lets one test at a time have the interpreter.
///
/// Tests of all targets run side by side in one process; what they count (references, memory, modules) is the one
/// interpreter's.
package actor Turn {
    private static let shared = Turn()
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs `body` when nobody else's runs.
    package static func take(_ body: @Sendable () async throws -> Void) async throws {
        await shared.begin()
        do {
            try await body()
        } catch {
            await shared.end()
            throw error
        }
        await shared.end()
    }

    private func begin() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func end() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
