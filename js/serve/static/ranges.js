'use strict'

const SINGLE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i

/**
 * Reads the range that a client asks for.
 *
 * @param {string | undefined} header `Range`.
 * @param {number} size bytes of the file.
 * @returns {{ start: number, end: number } | 'unsatisfiable' | null} `end` is the last byte's index. `null` for the whole
 *   file: nothing is asked for, or several ranges, or something that is none.
 */
function rangeOf(header, size) {
  const match = header === undefined ? null : SINGLE.exec(header)
  // A part of an empty file cannot be written as a Content-Range.
  if (match === null || size === 0) return null
  const [, first, last, suffix] = match
  if (suffix !== undefined) {
    return Number(suffix) === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(suffix)), end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return null
  return start < size ? { start, end } : 'unsatisfiable'
}

module.exports = { rangeOf }
