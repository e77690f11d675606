'use strict'

const SINGLE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i

/**
 * Parses the range of a request (RFC 9110, 14.2).
 *
 * @param {string | undefined} header `Range`.
 * @param {number} size of the file in bytes.
 * @returns {{ start: number, end: number } | 'unsatisfiable' | null} `end` is the last byte's index. `null` for the
 *   whole file: the header is missing or invalid, or has several ranges.
 */
function rangeOf(header, size) {
  const match = header === undefined ? null : SINGLE.exec(header)
  // Content-Range cannot express a part of an empty file.
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
