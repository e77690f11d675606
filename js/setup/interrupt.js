'use strict'

const { endAll } = require('./child-processes')

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/**
 * Makes Ctrl-C, SIGTERM and SIGHUP stop the set-up, until the returned function is called: ends the running commands
 * and exits with 128 + the signal's number. Completed steps are kept for the next run.
 */
function endOnInterrupt(console) {
  const listeners = Object.entries(SIGNALS).map(([signal, number]) => {
    const listener = async () => {
      // npm forwards the Ctrl-C that the terminal has already sent, so it can arrive twice.
      release()
      for (const name of Object.keys(SIGNALS)) process.on(name, () => {})
      console.line('Interrupted. Run the command again to go on: the steps that are complete are kept.')
      await endAll()
      process.exit(128 + number)
    }
    process.on(signal, listener)
    return [signal, listener]
  })
  const release = () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
  }
  return release
}

module.exports = { endOnInterrupt }
