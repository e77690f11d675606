// The owner may have another object now.
import PythonAPI

final class Owner {
    var object: PyOwned?

    func usedAfterAChange() -> Bool {
        let borrowed = object.ref  // error: escapes its scope
        object = nil
        return borrowed?.isNone == true
    }
}
