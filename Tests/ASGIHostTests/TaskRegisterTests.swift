import CPythonAPI
import PythonAPI
import TestHost
import Testing

@testable import ASGIHost

@Suite("The set of all tasks", .exclusive)
struct TaskRegisterTests {
    /// The answers of a function for a plain set and for one with a register.
    private func answers(_ function: String) throws -> [String] {
        try onLoop { _, py throws(PyError) in
            let names = try PyOwned.dict(py)
            let source = """
                import weakref
                class Task: pass
                \(function)
                """
            _ = try py.builtins.ownedItem(try PyOwned.string("exec", py), py)!.call(
                try PyOwned.string(source, py), names, py)
            let answer = try names.ownedItem(try PyOwned.string("answer", py), py)!
            let make = try names.ownedItem(try PyOwned.string("weakref", py), py)!.attribute("WeakSet", py)
            let plain = try make.call(py)
            let registered = try make.call(py)
            #expect(try TaskRegister.install(on: registered.owned(py), py))
            return [try answer.call(plain, py).string(py), try answer.call(registered, py).string(py)]
        }
    }

    @Test("A task is in the set exactly once, as long as it lives")
    func life() throws {
        let answers = try answers(
            """
            def answer(tasks):
                one, two = Task(), Task()
                tasks.add(one)
                tasks.add(two)
                tasks.add(one)
                seen = [len(tasks), one in tasks, two in tasks]
                del two
                seen += [len(tasks), one in tasks]
                tasks.discard(one)
                return str(seen + [len(tasks), len(tasks.data)])
            """)
        #expect(answers == Array(repeating: "[2, True, True, 1, True, 0, 0]", count: 2))
    }

    @Test("Tasks that end during an iteration are removed with the next one that is added")
    func iterating() throws {
        let answers = try answers(
            """
            def answer(tasks):
                kept = [Task() for _ in range(5)]
                for task in kept: tasks.add(task)
                del task
                seen = []
                for task in tasks:
                    del task
                    kept.clear()
                    seen.append(len(tasks.data))
                late = Task()
                tasks.add(late)
                return str([seen, len(tasks), len(tasks.data), len(tasks._pending_removals)])
            """)
        #expect(answers[0] == answers[1])
        #expect(answers[0].hasSuffix("1, 1, 0]"))
    }

    @Test("An object without weak references is refused")
    func refusal() throws {
        let answers = try answers(
            """
            def answer(tasks):
                try:
                    tasks.add(1)
                except TypeError as error:
                    return str(error)
            """)
        #expect(answers[0] == answers[1])
        #expect(answers[0].contains("weak reference"))
    }

    @Test("A set of another type is not changed")
    func others() throws {
        let isInstalled = try onLoop { _, py throws(PyError) in try TaskRegister.install(on: try PyOwned.dict(py), py) }
        #expect(!isInstalled)
    }
}
