import PythonAPI

/// Catches the first step that a new task gives to `loop.call_soon`: how tasks are started at once before Python 3.12.
///
/// The stand-in is there only while a task is made: everything else that calls `call_soon` gets the loop's own, or what an
/// application has put in its place.
final class StepCapture {
    private let loop, name: PyKept
    /// The loop's own attributes. Through the loop, setting and deleting one costs twice as much.
    private let attributes: PyKept
    /// What stands in for `loop.call_soon`.
    private var function: PyKept?
    private var isArmed = false
    /// What an application has put in the place of `loop.call_soon`.
    private var replaced: PyOwned?
    /// The type of a task's steps, known from the first one on.
    private var stepType: PyKept?
    /// What was caught.
    private var step: Step?

    /// What a task wanted the loop to call.
    struct Step: ~Copyable {
        fileprivate let function: PyOwned
        /// The context in which it is to be called.
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

    /// Stands in for `loop.call_soon` from now on.
    func arm(_ py: borrowing Python) throws(PyError) {
        guard let function else { return }
        let replaced = try attributes.ownedItem(name, py)
        try attributes.set(name, function, py)
        self.replaced = replaced
        isArmed = true
    }

    /// Takes `arm` back.
    ///
    /// - Returns: what the task wanted the loop to call; `nil` for nothing.
    func disarm(_ py: borrowing Python) -> Step? {
        isArmed = false
        let replaced = self.replaced.take()
        do throws(PyError) {
            switch replaced {
            case .some(let replaced): try attributes.set(name, replaced, py)
            case .none: try attributes.removeItem(name, py)
            }
        } catch {
            // The key was there, so that neither can fail.
            PyError.writeUnraisable(loop, py)
        }
        return step.take()
    }

    /// What `loop.call_soon` is when nothing stands in for it.
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

    /// Whether this is what a task calls.
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
                    // Another one's: the collector runs anything at any time.
                    return try unsafe capture.plain(py).call(arguments, count: count, names: names, py)
                }
                capture.step = unsafe Step(function: PyRef(step).owned(py), variables: PyRef(context).owned(py))
                return py.none.owned(py)
            }
        }
    }
}
