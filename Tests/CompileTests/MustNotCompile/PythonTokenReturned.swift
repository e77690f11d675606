// A token ends with the call that it was made for.
import PythonAPI

func returned() {
    let token: Python = Python.assumeAttached(because: "a test") { py in py }  // error: conform to 'Escapable'
}
