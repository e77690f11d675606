// Objects are looked at only on the thread that is attached.
import PythonAPI

func send<Value: Sendable & ~Copyable & ~Escapable>(_ value: consuming Value) {}

func borrowedSent(_ object: PyRef) { send(object) }  // error: to 'Sendable' is unavailable

func ownedSent(_ object: consuming PyOwned) { send(object) }  // error: to 'Sendable' is unavailable
