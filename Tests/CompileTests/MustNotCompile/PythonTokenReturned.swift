// A token ends with its call.
import PythonAPI

func returned() {
    let token: Python = Python.assumeAttached(because: "a test") { py in py }  // error: conform to 'Escapable'
}
