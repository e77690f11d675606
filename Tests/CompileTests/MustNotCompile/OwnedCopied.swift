// A second owner is made by owned(_:), which counts it.
import PythonAPI

func copied(_ py: borrowing Python) throws(PyError) {
    let object = try PyOwned.dict(py)
    let copies = [object]  // error: conform to 'Copyable'
}
