import Synchronization
import TestHost

@testable import ASGIHost
@testable import PythonAPI

/// A queue that Python waits for: a minimal version of an application's `receive()`.
///
/// Used only on the event loop's thread.
final class Feed: PyPollable {
    /// The number of live feeds.
    static let count = Atomic<Int>(0)

    private unowned let context: LoopContext
    private var items: [PyPointer] = []
    private var waiters: [PyPointer] = []
    private var abandoned = 0

    private enum Operation {
        static let take = 0
        static let refuse = 1
    }

    private init(_ context: LoopContext) {
        self.context = context
        Feed.count.add(1, ordering: .relaxed)
    }

    deinit { Feed.count.subtract(1, ordering: .relaxed) }

    func poll(_ operation: Int, _ py: borrowing Python) throws(PyError) -> PyPoll {
        if operation == Operation.refuse { throw PyError.raise(.value, "refused", py) }
        guard items.isEmpty else { return .ready(PyOwned(stealing: items.removeFirst())) }
        let future = try context.future(py)
        waiters.append(future.owned(py).take())
        return .wait(future)
    }

    func abandon(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        abandoned += 1
        guard let future, let index = waiters.firstIndex(of: future.raw) else { return }
        _ = PyOwned(stealing: waiters.remove(at: index))
    }

    var isOnCurrentThread: Bool { context.isOnCurrentThread }

    func abandonFromOtherThread(_ operation: Int, waitingFor future: PyRef?, _ py: borrowing Python) {
        context.abandonLater(self, operation, waitingFor: future, py)
    }

    // MARK: - Functions for Python

    private static func answer(
        _ capsule: PyPointer?, _ body: (Feed, borrowing Python) throws(PyError) -> PyOwned
    ) -> PyPointer? {
        Python.enter { py throws(PyError) in try body(PyRef(capsule!).object(as: Feed.self), py) }
    }

    /// Waits for an item.
    private static let take = PyFunction.noArguments("take") { capsule, _ in
        answer(capsule) { feed, py throws(PyError) in
            try feed.context.awaitables.polling(feed, Operation.take, py)
        }
    }

    /// Refuses the wait when it is awaited.
    private static let refuse = PyFunction.noArguments("refuse") { capsule, _ in
        answer(capsule) { feed, py throws(PyError) in
            try feed.context.awaitables.polling(feed, Operation.refuse, py)
        }
    }

    /// Raises an exception when it is awaited.
    private static let failed = PyFunction.oneArgument("failed") { capsule, exception in
        answer(capsule) { feed, py throws(PyError) in
            try feed.context.awaitables.raising(PyError.raise(instance: PyRef(exception!), py), py)
        }
    }

    /// Completes without waiting.
    private static let completed = PyFunction.noArguments("completed") { capsule, _ in
        answer(capsule) { feed, py in feed.context.awaitables.completed(py) }
    }

    /// Gives an item to the waiting task.
    private static let put = PyFunction.oneArgument("put") { capsule, item in
        answer(capsule) { feed, py in
            feed.items.append(PyRef(item!).owned(py).take())
            let woken = feed.waiters
            feed.waiters = []
            for waiter in woken { feed.context.complete(PyOwned(stealing: waiter), py) }
            return py.none.owned(py)
        }
    }

    /// The number of waiting tasks.
    private static let waiting = PyFunction.noArguments("waiting") { capsule, _ in
        answer(capsule) { feed, py throws(PyError) in try PyOwned.int(feed.waiters.count, py) }
    }

    /// The number of tasks that have stopped waiting.
    private static let abandoned = PyFunction.noArguments("abandoned") { capsule, _ in
        answer(capsule) { feed, py throws(PyError) in try PyOwned.int(feed.abandoned, py) }
    }

    private static let functions = [
        ("take", take), ("refuse", refuse), ("failed", failed), ("completed", completed), ("put", put),
        ("waiting", waiting), ("abandoned", abandoned),
    ]

    // MARK: - Running a test

    /// Receives the end of a test.
    private final class Report {
        let outcome: OneShot<Result<String, TestFailure>>

        init(_ outcome: OneShot<Result<String, TestFailure>>) { self.outcome = outcome }
    }

    /// Runs `async def main()` of `source` as a task of the event loop, with a feed's functions in its namespace.
    ///
    /// - Throws: `TestFailure` with the traceback of an exception in `main`, whose assertions are the test's.
    static func run(_ source: String) throws {
        let outcome = OneShot<Result<String, TestFailure>>()
        let call = Control.call { context, py in
            do throws(PyError) {
                try start(source, Report(outcome), context, py)
            } catch {
                outcome.fulfill(.failure(TestFailure(context.bootstrap.describe(PyError.take(py), py))))
            }
        }
        try TestHost.get().submit(call)
        _ = try outcome.wait().get()
    }

    private static func start(
        _ source: String, _ report: Report, _ context: LoopContext, _ py: borrowing Python
    ) throws(PyError) {
        let names = try PyOwned.dict(py)
        let capsule = try PyOwned.capsule(Feed(context), py)
        for (name, function) in functions {
            try names.set(try PyOwned.string(name, py), try function.bound(to: capsule, py), py)
        }
        try Script.run("import asyncio, sys\n" + source, in: names, py)
        let coroutine = try Script.value("main", in: names, py).call(py)
        let task = try context.loop.callMethod(try PyOwned.interned("create_task", py), coroutine, py)
        let done = try Feed.done.bound(to: try PyOwned.capsule(report, py), py)
        _ = try task.callMethod(context.names.addDoneCallback, done, py)
    }

    private static let done = PyFunction.oneArgument("done") { capsule, task in
        Python.enter { py throws(PyError) in
            let outcome = PyRef(capsule!).object(as: Report.self).outcome
            do throws(PyError) {
                let result = try PyRef(task!).callMethod(try PyOwned.interned("result", py), py)
                outcome.fulfill(.success(try result.description(py)))
            } catch {
                outcome.fulfill(.failure(TestFailure(try traceback(of: PyError.take(py), py))))
            }
            return py.none.owned(py)
        }
    }

    private static func traceback(
        of exception: consuming PyOwned, _ py: borrowing Python
    ) throws(PyError) -> String {
        let names = try Script.run(
            """
            import traceback
            def text(error):
                return ''.join(traceback.format_exception(type(error), error, error.__traceback__))
            """, py)
        return try Script.value("text", in: names, py).call(exception, py).string(py)
    }
}
