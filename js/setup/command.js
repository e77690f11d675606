'use strict'

const { Console } = require('./console')
const { endOnInterrupt } = require('./interrupt')
const { SetupError } = require('./setup-error')

/**
 * Runs the body of one of the commands. While `body` has not called `release`, Ctrl-C ends what it has started. A
 * `SetupError` is told in words, exit code 1; anything else is a defect and comes with its stack trace.
 *
 * @param {(console: Console, release: () => void) => Promise<void>} body
 */
async function command(body) {
  const console = new Console()
  const release = endOnInterrupt(console)
  try {
    await body(console, release)
  } catch (error) {
    if (error instanceof SetupError) console.error(error.message, error.details)
    else console.error(error.stack)
    process.exitCode = 1
  } finally {
    release()
  }
}

module.exports = { command }
