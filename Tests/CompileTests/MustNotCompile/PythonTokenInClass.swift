// A token that is kept outlives its right to touch Python.
import PythonAPI

final class Keeper {  // error: escapes its scope
    var token: Python?  // error: escapes its scope
}
