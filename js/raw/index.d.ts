/** A call of an app with any scope, and a server for protocols without connections: see `handler.connect`. */
export { Connection, StatelessServer } from '../index.js'
