// JavaScript values may be used only within a call, on the environment's thread.
import NodeAPI

func keep(_ closure: @escaping () -> Void) { closure() }

func capturedByAnEscapingClosure(_ node: borrowing Node) {  // error: cannot be captured by an escaping closure
    keep { _ = node.env }
}
