// After an await the code may be on another thread.
import PythonAPI

func later() async {}

func attachedOverAwait() {
    Python.assumeAttached(because: "a test") { py in await later() }  // error: expecting synchronous function type
}
