// A task runs later, on a thread that is not attached.
import PythonAPI

func capturedByATask(_ py: borrowing Python) {  // error: cannot be captured by an escaping closure
    Task { _ = py.none }  // error: risks causing data races
}
