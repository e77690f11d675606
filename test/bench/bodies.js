'use strict'

const { setTimeout: delay } = require('node:timers/promises')

/** What a slow reader takes between two pauses of a millisecond: some 400 MiB in a second at most. */
const PIECE = 8 * 65536

/**
 * Makes a reader slow: what it is given is called with the length of each chunk, and waited for.
 *
 * @param {boolean} isSlow otherwise there is nothing to wait for.
 * @returns {(length: number) => Promise<void> | undefined}
 */
function pauses(isSlow) {
  if (!isSlow) return () => undefined
  let read = 0
  return (length) => {
    read += length
    if (read < PIECE) return undefined
    read = 0
    return delay(1)
  }
}

/** The path of large_bodies.py for a download or an upload. */
function pathOf(way, { bytes, isSlow = false }) {
  if (way === 'download') return `/download/${bytes}`
  return isSlow ? '/slow-upload' : '/upload'
}

module.exports = { pathOf, pauses }
