// A reference cannot be used after it was given away.
import PythonAPI

func usedAfterItWasTaken(_ py: borrowing Python) throws(PyError) {
    let object = try PyOwned.dict(py)  // error: used after consume
    _ = object.take()
    _ = object.isNone
}

func stolenTwice(_ py: borrowing Python) throws(PyError) {
    let object = try PyOwned.dict(py)  // error: consumed more than once
    _ = try PyOwned.pair(object, object, py)
}
