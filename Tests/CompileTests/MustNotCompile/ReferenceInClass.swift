// A borrowed reference does not keep its object: what is stored owns it, or lives as long as the process.
import PythonAPI

final class Borrows {
    let object: PyRef

    init(_ object: PyRef) { self.object = object }  // error: escapes its scope
}
