// The token cannot leave its call, so types show where Python may be used.
import PythonAPI

func keep(_ closure: @escaping () -> Void) { closure() }

func capturedByAnEscapingClosure(_ py: borrowing Python) {  // error: cannot be captured by an escaping closure
    keep { _ = py.none }
}
