// A stored token would outlive its call.
import NodeAPI

final class Keeper {  // error: escapes its scope
    var token: Node?  // error: escapes its scope
}
