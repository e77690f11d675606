import Locks
import PythonAPI
import Synchronization

/// Python's global lock, which free-threaded interpreters start without, and which the import of an extension may turn on.
enum GIL {
    /// Until an interpreter has said otherwise.
    private static let isOn = Atomic<Bool>(true)
    /// The extension that has turned it on.
    private static let extensionName = Mutex("")

    /// Whether Python's threads take turns. Any thread.
    static var isEnabled: Bool { isOn.load(ordering: .relaxed) }

    /// Why it is on, for a message.
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

    /// Asks how it is, and has itself told when that changes.
    static func watch(_ bootstrap: Bootstrap, _ py: borrowing Python) throws(PyError) {
        isOn.store(false, ordering: .relaxed)
        _ = try bootstrap.call("watch_gil", try turnedOn.bound(to: py.none, py), py)
    }
}

extension Host {
    /// Whether Python's threads take turns, so that several loops would not run at the same time. True on all interpreters
    /// but free-threaded ones, and there from when an extension turns the GIL on.
    public static var hasGIL: Bool { GIL.isEnabled }

    /// Refuses several loops where they would not run at the same time.
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
