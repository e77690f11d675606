// The token stays where it was given: where Python may be touched is seen in the types.
import PythonAPI

func keep(_ closure: @escaping () -> Void) { closure() }

func capturedByAnEscapingClosure(_ py: borrowing Python) {  // error: cannot be captured by an escaping closure
    keep { _ = py.none }
}
