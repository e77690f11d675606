// The object may end with its owner.
import PythonAPI

func borrowed(from object: consuming PyOwned) -> PyRef { object.ref }  // error: lifetime
