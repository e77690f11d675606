'use strict'

/** The streams whose errors are taken. */
const guarded = new WeakSet()

/**
 * Has the errors of stdout and stderr ignored from now on, whatever writes there: the disk under a log may be full, the reader
 * of a pipe may have left, a terminal may be gone, and none of them may reach a request or the start of the server. Later
 * writes are tried as well.
 */
function guardOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    if (guarded.has(stream)) continue
    guarded.add(stream)
    stream.on('error', ignore)
  }
}

/**
 * Writes to a stream that is guarded.
 *
 * @param {import('node:stream').Writable} stream `process.stdout` or `process.stderr`.
 * @param {string | Buffer} text
 */
function write(stream, text) {
  try {
    stream.write(text)
  } catch (error) {
    // On Node 18 a write to a file throws what the system says.
    if (error.syscall === undefined) throw error
  }
}

function ignore() {}

module.exports = { guardOutput, write }
