'use strict'

/** Environment variables that npm and similar tools set. */
const VARIABLES = ['npm_command', 'npm_lifecycle_event', 'npm_execpath']

/** ms between two checks. */
const CHECK_MS = 1000

/** The parent process at the start, because it may end while the app is imported. */
const parent = process.ppid

/**
 * If npm has started this process: calls a function when npm, or its shell, has ended. npm forwards signals only to its
 * shell, which ends and would leave the server running.
 *
 * @param {() => void} gone called at most once, within a second.
 * @returns {{ close(): void }} `close` stops watching.
 */
function watchStarter(gone) {
  if (!VARIABLES.some((name) => process.env[name])) return { close() {} }
  const close = () => clearInterval(timer)
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    close()
    gone()
  }, CHECK_MS)
  timer.unref()
  return { close }
}

module.exports = { watchStarter }
