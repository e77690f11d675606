'use strict'

const { median } = require('./statistics')
const { VALUES } = require('./units')

/**
 * The results of a row.
 *
 * @typedef {object} Summary
 * @property {string} id
 * @property {string} group
 * @property {string} name
 * @property {number | null} inFlight
 * @property {string} unit
 * @property {number} value the median of the rounds
 * @property {number[]} values of each round
 * @property {number | null} nodeMicroseconds CPU time of the thread for each request or MiB, the median of the rounds;
 *   `null` where the row has no such thread
 * @property {number | null} pythonMicroseconds
 * @property {{ node: number[] | null, python: number[] | null }} microseconds of each round
 * @property {string | null} base the id of the row that it is compared with
 * @property {number | null} timesBase
 */

/**
 * Sums up the rounds of one row.
 *
 * @param {import('./rows').Row} row
 * @param {string} group
 * @param {Array<{ nanoseconds: { node?: number, python?: number } }>} rounds what was measured, see units.js.
 * @returns {Summary} without `timesBase`.
 */
function summarize({ id, name, inFlight = null, unit, base = null }, group, rounds) {
  const values = rounds.map(VALUES[unit])
  const microseconds = { node: perUnit(rounds, 'node'), python: perUnit(rounds, 'python') }
  const middle = (numbers) => (numbers === null ? null : median(numbers))
  return {
    id,
    group,
    name,
    inFlight,
    unit,
    value: median(values),
    values,
    nodeMicroseconds: middle(microseconds.node),
    pythonMicroseconds: middle(microseconds.python),
    microseconds,
    base: base === id ? null : base,
    timesBase: null,
  }
}

function perUnit(rounds, thread) {
  const [{ nanoseconds, requests, bytes }] = rounds
  if (nanoseconds[thread] === undefined || (requests ?? bytes) === undefined) return null
  const amount = (round) => round.requests ?? round.bytes / 2 ** 20
  return rounds.map((round) => round.nanoseconds[thread] / amount(round) / 1000)
}

/**
 * Compares two series of rounds that were measured in turns: round by round, so that what else the machine did falls on
 * both.
 *
 * @param {number[]} values
 * @param {number[]} others
 * @param {(value: number, other: number) => number} [compare]
 * @returns {number} the median of the rounds.
 */
function compareRounds(values, others, compare = (value, other) => value / other) {
  return median(values.map((value, round) => compare(value, others[round])))
}

/** Fills in the ratio of each row to its base. */
function compareWithBases(rows) {
  return rows.map((row) => {
    const base = rows.find(({ id }) => id === row.base)
    return base === undefined ? row : { ...row, timesBase: compareRounds(row.values, base.values) }
  })
}

module.exports = { compareRounds, compareWithBases, summarize }
