'use strict'

const { Console } = require('./console')
const { endOnInterrupt } = require('./interrupt')
const { SetupError } = require('./setup-error')

/**
 * Runs the body of a command. Until `body` calls `release`, Ctrl-C ends the processes that it has started.
 *
 * If `body` throws, the exit code is 1. A `SetupError` is printed as text; any other error is a bug and is printed with
 * its stack.
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
