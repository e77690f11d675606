'use strict'

/** The streams with an error listener. */
const guarded = new WeakSet()

/**
 * Ignores errors of stdout and stderr, also of the program's own output: a full disk, a closed pipe or a closed terminal
 * must not fail a request or the start of the server. Later writes are still tried.
 */
function guardOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    if (guarded.has(stream)) continue
    guarded.add(stream)
    stream.on('error', ignore)
  }
}

/**
 * Writes to a guarded stream.
 *
 * @param {import('node:stream').Writable} stream `process.stdout` or `process.stderr`.
 * @param {string | Buffer} text
 * @param {() => void} [written] called when it was written, or could not be.
 */
function write(stream, text, written) {
  try {
    stream.write(text, written)
  } catch (error) {
    // On Node 18 a write to a file throws the system's error.
    if (error.syscall === undefined) throw error
  }
}

function ignore() {}

module.exports = { guardOutput, write }
