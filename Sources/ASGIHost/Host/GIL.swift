import Locks
import PythonAPI
import Synchronization

/// Python's global interpreter lock. Free-threaded interpreters start without it, and an extension's import may turn it
/// on.
enum GIL {
    /// True until an interpreter reports otherwise.
    private static let isOn = Atomic<Bool>(true)
    /// The extension that has turned it on; empty if it is unknown.
    private static let extensionName = Mutex("")

    /// Whether Python's threads take turns. Callable on any thread.
    static var isEnabled: Bool { isOn.load(ordering: .relaxed) }

    /// Why the GIL is on, for an error message.
    static var reason: String {
        let name = extensionName.locked { $0 }
        return name.isEmpty ? "this Python has a GIL" : "the extension \(name) has turned the GIL on"
    }

    private static let turnedOn = unsafe PyFunction.oneArgument("turned_on") { _, name in
        unsafe Python.enter { py throws(PyError) in
            let name = try unsafe PyRef(name!).string(py)
            extensionName.locked { $0 = name }
            isOn.store(true, ordering: .relaxed)
            return py.none.owned(py)
        }
    }

    /// Reads the state of the GIL, and subscribes to changes.
    static func watch(_ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        isOn.store(false, ordering: .relaxed)
        _ = try bootstrap.call("watch_gil", try turnedOn.bound(to: py.none, py), py)
    }
}

extension Host {
    /// Whether Python's threads take turns, so that several loops would not run at the same time. Always true on other
    /// than free-threaded interpreters.
    public static var hasGIL: Bool { GIL.isEnabled }

    /// Refuses several loops if the GIL is on, because they would not run at the same time.
    ///
    /// - Throws: `HostError` with `ERR_ASGI_GIL`.
    public func checkGIL(loops: Int) throws(HostError) {
        guard GIL.isEnabled else { return }
        throw HostError(
            code: "ERR_ASGI_GIL",
            message: "Option 'loops' is \(loops), but \(GIL.reason), so that one loop would run at a time "
                + "(\(installation.executable)). Use a free-threaded Python, such as python3.13t, or more processes "
                + "(serve --workers)")
    }
}
