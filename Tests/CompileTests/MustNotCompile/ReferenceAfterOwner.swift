// The object may have been freed.
import PythonAPI

func usedAfterItsEnd(_ object: consuming PyOwned) -> Bool {  // error: used after consume
    let borrowed = object.ref
    _ = consume object  // error: overlapping accesses
    return borrowed.isNone
}
