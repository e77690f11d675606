import TestHost
import Testing

/// Gives the tests of a suite exclusive use of the interpreter, one after the other.
struct Exclusive: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Turn.take(function)
    }
}

extension Trait where Self == Exclusive {
    static var exclusive: Exclusive { Exclusive() }
}
