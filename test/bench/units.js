'use strict'

const rate = ({ requests, seconds }) => requests / seconds
const given = ({ value }) => value

/**
 * The units of rows: what a row's value is in them, out of what was measured.
 *
 * @type {Record<string, (measured: object) => number>}
 */
const VALUES = {
  'req/s': rate,
  'msg/s': rate,
  'calls/s': rate,
  'GiB/s': ({ bytes, seconds }) => bytes / seconds / 2 ** 30,
  MiB: given,
  KiB: given,
  ms: given,
  // A share of something, or a ratio.
  '': given,
}

/** A number with as many digits as matter. */
function inWords(number) {
  const size = Math.abs(number)
  if (size >= 1000) return Math.round(number).toLocaleString('en')
  if (size >= 100) return number.toFixed(0)
  if (size >= 10) return number.toFixed(1)
  return number.toFixed(size >= 1 || size === 0 ? 2 : 3)
}

/** A number with its unit. */
function withUnit(number, unit) {
  return unit === '' ? inWords(number) : `${inWords(number)} ${unit}`
}

module.exports = { VALUES, inWords, withUnit }
