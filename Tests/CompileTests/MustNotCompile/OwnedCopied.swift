// Only owned(_:) makes a second owner, with its own reference.
import PythonAPI

func copied(_ py: borrowing Python) throws(PyError) {
    let object = try PyOwned.dict(py)
    let copies = [object]  // error: conform to 'Copyable'
}
