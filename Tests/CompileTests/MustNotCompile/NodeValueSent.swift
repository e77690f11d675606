// A handle belongs to its thread and its scope.
import NodeAPI

func send<Value: Sendable>(_ value: Value) {}

func sent(_ value: NodeValue) { send(value) }  // error: to 'Sendable' is unavailable
