// As in a class: a structure can be kept.
import PythonAPI

struct Keeper: ~Copyable {
    let token: Python  // error: non-Escapable type
}
