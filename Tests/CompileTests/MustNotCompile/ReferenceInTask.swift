// As with sending: a task is another thread.
import PythonAPI

func capturedByATask(_ object: PyRef) {  // error: escapes its scope
    Task.detached { _ = object.isNone }  // error: risks causing data races
}
