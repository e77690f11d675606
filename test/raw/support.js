'use strict'

const { openApp } = require('../support')

/**
 * Opens raw_protocol, and the means to ask it from another connection.
 *
 * @param {object} t the test.
 * @param {object} [options] the handler's.
 */
function openRaw(t, options) {
  const handler = openApp(t, 'raw_protocol', options)
  /** Calls an app that sends one event and returns. */
  const ask = async (scope) => {
    const connection = handler.connect(scope)
    const event = await connection.receive()
    await connection.closed
    return event
  }
  return {
    handler,
    ask,
    /** How many other apps run, and what they have recorded. */
    report: () => ask({ type: 'report' }),
    /** Opens a gate that apps wait at. */
    open: (gate) => ask({ type: 'open', gate }),
  }
}

module.exports = { openRaw }
