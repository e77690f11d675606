// A task may run on another thread.
import PythonAPI

func capturedByATask(_ object: PyRef) {  // error: escapes its scope
    Task.detached { _ = object.isNone }  // error: risks causing data races
}
