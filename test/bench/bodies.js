'use strict'

const { setTimeout: delay } = require('node:timers/promises')

/** Bytes that a slow reader reads between two pauses of a millisecond: at most some 400 MiB a second. */
const PIECE = 8 * 65536

/**
 * Makes a reader slow: the returned function is awaited with the length of each chunk.
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
