'use strict'

const COLUMNS = [
  '',
  'in flight',
  'req/s',
  'slowest–fastest round',
  'Node CPU µs/req',
  'Python CPU µs/req',
  'times base',
]

/** The median of numbers. */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Sums up the rounds of one row.
 *
 * @param {object} row what was measured: `name`, `group`, `inFlight`, `isBase`
 * @param {Array<{ requests: number, seconds: number, nanoseconds: { node?: number, python?: number } }>} rounds
 * @returns {object} medians. A thread's time per request is `null` where the row has no such thread
 */
function summarize({ name, group, inFlight, isBase }, rounds) {
  const rates = rounds.map(({ requests, seconds }) => requests / seconds)
  const microseconds = (thread) => {
    if (rounds[0].nanoseconds[thread] === undefined) return null
    return median(rounds.map(({ nanoseconds, requests }) => nanoseconds[thread] / requests / 1000))
  }
  return {
    name,
    group,
    inFlight,
    isBase,
    requestsPerSecond: median(rates),
    slowest: Math.min(...rates),
    fastest: Math.max(...rates),
    nodeMicroseconds: microseconds('node'),
    pythonMicroseconds: microseconds('python'),
    rounds: rates.length,
  }
}

const count = (number) => Math.round(number).toLocaleString('en')
const small = (number) => (number === null ? '–' : number.toFixed(number < 10 ? 2 : 1))

const markdownRow = (texts) => `| ${texts.join(' | ')} |`

/** One row as texts. The last: its rate over that of its group's base with as many in flight. */
function cells(row, rows) {
  const base = rows.find((other) => other.group === row.group && other.inFlight === row.inFlight && other.isBase)
  return [
    row.name,
    String(row.inFlight),
    count(row.requestsPerSecond),
    `${count(row.slowest)}–${count(row.fastest)}`,
    small(row.nodeMicroseconds),
    small(row.pythonMicroseconds),
    base === undefined ? '–' : (row.requestsPerSecond / base.requestsPerSecond).toFixed(2),
  ]
}

/** The table for a terminal. */
function asText(rows) {
  const lines = [COLUMNS, ...rows.map((row) => cells(row, rows))]
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines.map((line) =>
    line.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join('  ')
      .trimEnd()
  )
}

/** The same table for README. */
function asMarkdown(rows) {
  const rule = `|${COLUMNS.map((_, column) => (column === 0 ? ' --- ' : ' ---: ')).join('|')}|`
  return [markdownRow(COLUMNS), rule, ...rows.map((row) => markdownRow(cells(row, rows)))]
}

module.exports = { asMarkdown, asText, median, summarize }
