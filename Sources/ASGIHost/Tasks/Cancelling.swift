import PythonAPI

extension PyRef {
    /// Cancels a task (`Task.cancel`); an exception that this raises goes to `sys.unraisablehook`.
    ///
    /// The caller keeps the task meanwhile: what it runs may let it go.
    func cancelTask(_ py: borrowing Python) {
        do throws(PyError) {
            _ = try attribute("cancel", py).call(py)
        } catch {
            PyError.writeUnraisable(self, py)
        }
    }
}
