// Who has borrowed a reference cannot give it away.
import PythonAPI

func taken(_ object: borrowing PyOwned) {  // error: cannot be consumed
    _ = object.take()
}
