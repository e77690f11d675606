/// Gives one test at a time exclusive use of the interpreter.
///
/// Tests of all targets run concurrently in one process, and their counts of references, memory and modules are those
/// of the one interpreter.
package actor Turn {
    private static let shared = Turn()
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs `body` when no other test is running.
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
