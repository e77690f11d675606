import PythonAPI

/// Adds new tasks to asyncio's set of all tasks, a `WeakSet`, as its method `add` does.
///
/// That method and the removal of ended tasks are written in Python, which costs as much as making the task. Only used
/// before Python 3.12, which does not add tasks that end in their first step.
final class TaskRegister {
    private let tasks: PyKept
    /// The weak references, their iterators, and the references to remove later: the same objects as long as the set
    /// lives.
    private let data, iterating, removals: PyKept
    private let plainAdd: PyKept
    private var remove: PyKept?

    /// Replaces the `add` of a set, as long as the process lives.
    ///
    /// - Returns: `false` for a set of another type, which is not changed.
    @discardableResult
    static func install(on tasks: consuming PyOwned, _ py: borrowing Python) throws(PyError) -> Bool {
        let type = try PyOwned.module("weakref", py).attribute("WeakSet", py)
        guard tasks.isExactly(type, py) else { return false }
        // From CPython's `_weakrefset.py`, where these three are the same in 3.8 to 3.11.
        let fields = try tasks.attribute("__dict__", py)
        guard let data = try fields.ownedItem(try PyOwned.interned("data", py), py),
            let iterating = try fields.ownedItem(try PyOwned.interned("_iterating", py), py),
            let removals = try fields.ownedItem(try PyOwned.interned("_pending_removals", py), py)
        else { return false }
        let register = TaskRegister(
            tasks.kept(), data.kept(), iterating.kept(), removals.kept(), try type.attribute("add", py).kept())
        let capsule = try PyOwned.capsule(register, py)
        register.remove = try removeFunction.bound(to: capsule, py).kept()
        try fields.set(try PyOwned.interned("add", py), try addFunction.bound(to: capsule, py), py)
        return true
    }

    private init(_ tasks: PyKept, _ data: PyKept, _ iterating: PyKept, _ removals: PyKept, _ plainAdd: PyKept) {
        self.tasks = tasks
        self.data = data
        self.iterating = iterating
        self.removals = removals
        self.plainAdd = plainAdd
    }

    private func add(_ task: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        // References that ended during an iteration must be removed first.
        guard try removals.count(py) == 0, let remove else { return try plainAdd.call(tasks, task, py) }
        let reference = try PyOwned.weakReference(to: task, callback: remove, py)
        try data.insert(reference, py)
        return py.none.owned(py)
    }

    private func remove(_ reference: PyRef, _ py: borrowing Python) throws(PyError) -> PyOwned {
        if try iterating.count(py) > 0 {
            try removals.append(reference, py)
        } else {
            try data.discard(reference, py)
        }
        return py.none.owned(py)
    }

    private static let addFunction = unsafe PyFunction.oneArgument("add") { capsule, task in
        unsafe PyRef(capsule!).withUnretainedObject(as: TaskRegister.self) { register in
            unsafe Python.enter { py throws(PyError) in try unsafe register.add(PyRef(task!), py) }
        }
    }

    private static let removeFunction = unsafe PyFunction.oneArgument("remove") { capsule, reference in
        unsafe PyRef(capsule!).withUnretainedObject(as: TaskRegister.self) { register in
            unsafe Python.enter { py throws(PyError) in try unsafe register.remove(PyRef(reference!), py) }
        }
    }
}
