import PythonAPI

/// Catches the first step that a new task passes to `loop.call_soon`, to start tasks at once before Python 3.12.
///
/// `loop.call_soon` is only replaced while a task is made. Other callers get the loop's own method, or the one that an
/// application has set.
final class StepCapture {
    private let loop, name: PyKept
    /// The loop's instance attributes. Setting and deleting one through the loop would be slower.
    private let attributes: PyKept
    /// The replacement of `loop.call_soon`.
    private var function: PyKept?
    private var isArmed = false
    /// The `loop.call_soon` that an application has set.
    private var replaced: PyOwned?
    /// The type of a task's steps, known after the first one.
    private var stepType: PyKept?
    /// The step that was caught.
    private var step: Step?

    /// A task's call of `loop.call_soon`.
    struct Step: ~Copyable {
        fileprivate let function: PyOwned
        /// The context in which to call it.
        let variables: PyOwned

        /// Calls it.
        func run(_ py: borrowing Python) throws(PyError) {
            try variables.enterContext(py)
            do throws(PyError) {
                _ = try function.call(py)
            } catch {
                try variables.exitContext(py)
                throw error
            }
            try variables.exitContext(py)
        }
    }

    init(_ loop: PyKept, _ names: Names, _ py: borrowing Python) throws(PyError) {
        self.loop = loop
        name = names.callSoon
        attributes = try loop.attribute("__dict__", py).kept()
        function = try StepCapture.callSoon.bound(to: try PyOwned.capsule(self, py), py).kept()
    }

    /// Replaces `loop.call_soon`.
    func arm(_ py: borrowing Python) throws(PyError) {
        guard let function else { return }
        let replaced = try attributes.ownedItem(name, py)
        try attributes.set(name, function, py)
        self.replaced = replaced
        isArmed = true
    }

    /// Restores `loop.call_soon`.
    ///
    /// - Returns: the step that was caught; `nil` if there is none.
    func disarm(_ py: borrowing Python) -> Step? {
        isArmed = false
        let replaced = self.replaced.take()
        do throws(PyError) {
            switch replaced {
            case .some(let replaced): try attributes.set(name, replaced, py)
            case .none: try attributes.removeItem(name, py)
            }
        } catch {
            // The key exists, so neither call can fail.
            PyError.writeUnraisable(loop, py)
        }
        return step.take()
    }

    /// The `loop.call_soon` that was replaced.
    private func plain(_ py: borrowing Python) throws(PyError) -> PyOwned {
        guard isArmed, let function else { return try loop.attribute(name, py) }
        if let replaced = replaced.owned(py) { return replaced }
        try attributes.removeItem(name, py)
        let plain = try loop.attribute(name, py)
        try attributes.set(name, function, py)
        return plain
    }

    private var hasStep: Bool {
        switch step {
        case .some: true
        case .none: false
        }
    }

    /// Whether a callable is a task's step.
    private func expects(_ step: PyRef, _ py: borrowing Python) throws(PyError) -> Bool {
        guard isArmed, !hasStep else { return false }
        guard let stepType else {
            stepType = try step.type(py).kept()
            return true
        }
        return step.isExactly(stepType, py)
    }

    /// `call_soon(callback, *args, context=None)`.
    private static let callSoon = unsafe PyFunction.anyArguments("call_soon") { capsule, arguments, count, names in
        unsafe PyRef(capsule!).withUnretainedObject(as: StepCapture.self) { capture in
            unsafe Python.enter { py throws(PyError) in
                guard let arguments = unsafe arguments, count == 1, unsafe names != nil, let step = unsafe arguments[0],
                    let context = unsafe arguments[1],
                    try unsafe capture.expects(PyRef(step), py)
                else {
                    // Another caller, because the garbage collector may run any code.
                    return try unsafe capture.plain(py).call(arguments, count: count, names: names, py)
                }
                capture.step = unsafe Step(function: PyRef(step).owned(py), variables: PyRef(context).owned(py))
                return py.none.owned(py)
            }
        }
    }
}
