// Objects may be used only on an attached thread.
import PythonAPI

func send<Value: Sendable & ~Copyable & ~Escapable>(_ value: consuming Value) {}

func borrowedSent(_ object: PyRef) { send(object) }  // error: to 'Sendable' is unavailable

func ownedSent(_ object: consuming PyOwned) { send(object) }  // error: to 'Sendable' is unavailable
