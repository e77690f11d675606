// A signal that Python listens to stays Python's when listeners come and go here: it finds them as what was there before.
'use strict'

const native = require('native')

/** Of the process, whose first thread may load several copies of the addon. */
const KEEPS_SIGNALS = Symbol.for('python-node.keepsSignals')

if (native.isFirstThread && !process[KEEPS_SIGNALS]) {
  process[KEEPS_SIGNALS] = true
  const keep = (name) => {
    if (typeof name === 'string' && name.startsWith('SIG')) native.keepSignals()
  }
  process.on('newListener', keep).on('removeListener', keep)
}
