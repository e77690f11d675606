'use strict'

/** What npm and its kin set for everything that they start. */
const VARIABLES = ['npm_command', 'npm_lifecycle_event', 'npm_execpath']

/** ms between two looks. */
const LOOK_MS = 1000

/** The parent when the command begins: it may end while an app is imported. */
const parent = process.ppid

/**
 * Calls a function once npm, or the shell below it, has ended, where it has started this process. npm passes a signal on to
 * its shell, which ends and leaves the server running.
 *
 * @param {() => void} gone is called at most once, within a second.
 * @returns {{ close(): void }} `close` ends the watch.
 */
function watchStarter(gone) {
  if (!VARIABLES.some((name) => process.env[name])) return { close() {} }
  const close = () => clearInterval(timer)
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    close()
    gone()
  }, LOOK_MS)
  timer.unref()
  return { close }
}

module.exports = { watchStarter }
