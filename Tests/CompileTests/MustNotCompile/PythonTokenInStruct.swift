// A struct can be stored, like a class.
import PythonAPI

struct Keeper: ~Copyable {
    let token: Python  // error: non-Escapable type
}
