'use strict'

const { endAll } = require('./child-processes')

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/**
 * Until the function it returns is called, Ctrl-C (or a request to end) stops the set-up: what runs is ended, one
 * line says so, and the process leaves with 128 + the signal's number. What was built stays and is used next time.
 */
function endOnInterrupt(console) {
  const listeners = Object.entries(SIGNALS).map(([signal, number]) => {
    const listener = async () => {
      // npm passes on the Ctrl-C that the terminal has sent already, so the same one can come twice.
      release()
      for (const name of Object.keys(SIGNALS)) process.on(name, () => {})
      console.line('Interrupted. What is done so far is kept for the next time.')
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
