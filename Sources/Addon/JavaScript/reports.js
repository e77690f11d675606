// Errors that no caller receives.
'use strict'

const { nextTick } = require('./clock')

/**
 * Writes to stderr like `console.error`, and ignores failures: a full disk or a closed pipe must not end the process.
 */
function complain(...values) {
  const { stderr } = process
  // The console itself ignores the first failure only.
  if (!stderr.listeners('error').includes(ignore)) stderr.on('error', ignore)
  console.error(...values)
}

function ignore() {}

/** Throws an uncaught exception in a tick of its own, so that it does not interrupt a batch of answers. */
function uncaught(error) {
  nextTick(() => {
    throw error
  })
}

module.exports = { complain, uncaught }
