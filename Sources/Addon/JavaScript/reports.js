// What nobody waits for, and is told all the same.
'use strict'

const { nextTick } = require('./clock')

/**
 * Writes to stderr what nobody else is told, formatted as `console.error` does. A failure is ignored: neither a full disk
 * nor a reader that has left may end the process.
 */
function complain(...values) {
  const { stderr } = process
  // The console itself ignores only the first failure.
  if (!stderr.listeners('error').includes(ignore)) stderr.on('error', ignore)
  console.error(...values)
}

function ignore() {}

/** What nobody can be told of ends as every uncaught exception does, and not in the middle of a batch of answers. */
function uncaught(error) {
  nextTick(() => {
    throw error
  })
}

module.exports = { complain, uncaught }
