// Only PythonAPI makes tokens.
import PythonAPI

func forged() {
    _ = Python()  // error: initializer is inaccessible
}
