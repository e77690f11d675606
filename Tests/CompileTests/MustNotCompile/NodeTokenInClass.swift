// A token that is kept outlives its call.
import NodeAPI

final class Keeper {  // error: escapes its scope
    var token: Node?  // error: escapes its scope
}
