import PythonAPI

extension PyOwned {
    /// Cancels a task (`Task.cancel`); an exception that this raises goes to `sys.unraisablehook`.
    func cancelTask(_ py: borrowing Python) {
        do throws(PyError) {
            _ = try attribute("cancel", py).call(py)
        } catch {
            PyError.writeUnraisable(self, py)
        }
    }
}
