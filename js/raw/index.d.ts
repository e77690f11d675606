/** Protocols beside HTTP and WebSocket: messages of an app's own. */
export { Connection, StatelessServer } from '../index.js'
