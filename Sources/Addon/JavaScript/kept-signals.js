// Reinstalls Python's signal handlers after JavaScript adds or removes listeners, which makes Node replace the handlers.
'use strict'

const native = require('native')

/** A key on `process`, because a process may load several copies of the addon. */
const KEEPS_SIGNALS = Symbol.for('python-node.keepsSignals')

if (native.isFirstThread && !process[KEEPS_SIGNALS]) {
  process[KEEPS_SIGNALS] = true
  const keep = (name) => {
    if (typeof name === 'string' && name.startsWith('SIG')) native.keepSignals()
  }
  process.on('newListener', keep).on('removeListener', keep)
}
