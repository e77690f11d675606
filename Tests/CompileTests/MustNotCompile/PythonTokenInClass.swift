// A stored token would outlive the attachment of its thread.
import PythonAPI

final class Keeper {  // error: escapes its scope
    var token: Python?  // error: escapes its scope
}
