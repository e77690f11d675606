// A borrowed reference cannot be given away.
import PythonAPI

func taken(_ object: borrowing PyOwned) {  // error: cannot be consumed
    _ = object.take()
}
