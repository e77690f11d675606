// Correct code compiles: otherwise the other programs would prove nothing.
import NodeAPI
import PythonAPI

func make(_ py: borrowing Python) throws(PyError) -> PyOwned {
    let object = try PyOwned.dict(py)
    let key = try PyOwned.string("key", py)
    try object.set(key, py.none, py)
    return try PyOwned.pair(object, key, py)
}

func enter() {
    Python.assumeAttached(because: "a test") { py in
        do throws(PyError) { _ = try make(py) } catch { PyError.clear(py) }
    }
}

func environment(_ node: borrowing Node, _ value: NodeValue) throws(NodeError) { _ = NodeReference.init }
