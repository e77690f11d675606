// A borrowed reference does not keep its object alive, so only an owned reference can be stored.
import PythonAPI

final class Borrows {
    let object: PyRef

    init(_ object: PyRef) { self.object = object }  // error: escapes its scope
}
