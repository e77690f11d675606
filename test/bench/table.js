'use strict'

const { measuredText } = require('./evaluate')
const { inWords, withUnit } = require('./units')

/**
 * A column of the rows: its head, the text of a row, and whether a row has something to say in it.
 *
 * @typedef {{ head: string, text: (row: object) => string, isIn?: (row: object) => boolean, isText?: boolean }} Column
 */

/** Lays the rows of one group out. A column in which no row has anything is left out. */
function rowTable(rows) {
  const units = [...new Set(rows.map(({ unit }) => unit))]
  // A unit that all rows share is in the head.
  const number = (value, unit) => (units.length === 1 ? inWords(value) : withUnit(value, unit))
  /** @type {Column[]} */
  const columns = [
    { head: '', text: ({ name }) => name, isText: true },
    {
      head: 'in flight',
      text: ({ inFlight }) => optional(inFlight, String),
      isIn: ({ inFlight }) => inFlight !== null,
    },
    { head: units.length === 1 && units[0] !== '' ? units[0] : 'median', text: (row) => number(row.value, row.unit) },
    {
      head: 'lowest–highest round',
      text: ({ values }) => `${inWords(Math.min(...values))}–${inWords(Math.max(...values))}`,
    },
    ...['node', 'python'].map((thread) => ({
      head: `${thread === 'node' ? 'Node' : 'Python'} CPU µs each`,
      text: (row) => optional(row[`${thread}Microseconds`], inWords),
      isIn: (row) => row[`${thread}Microseconds`] !== null,
    })),
    { head: 'times base', text: timesBase, isIn: ({ timesBase }) => timesBase !== null },
  ].filter(({ isIn }) => isIn === undefined || rows.some((row) => isIn(row)))

  function timesBase(row) {
    if (rows.some(({ base }) => base === row.id)) return '1'
    return optional(row.timesBase, (ratio) => ratio.toFixed(2))
  }

  return layOut(columns, rows)
}

/** Lays the targets out: what is required, what was measured, and whether that is enough. */
function targetTable(outcomes) {
  const join = (any, text) => any.map(text).join(' or ')
  return layOut([
    { head: 'work', text: ({ work }) => work, isText: true },
    { head: 'target', text: ({ any }) => join(any, ({ text }) => text), isText: true },
    { head: 'measured', text: ({ any }) => any.map(measuredText).join(', ') },
    { head: '', text: ({ isMet }) => (isMet ? 'met' : 'missed'), isText: true },
  ], outcomes)
}

function layOut(columns, rows) {
  return {
    columns,
    lines: [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ text }) => text(row)))],
  }
}

const optional = (value, text) => (value === null ? '–' : text(value))

/** A table for a terminal. */
function asText({ columns, lines }) {
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const pad = (text, column) => columns[column].isText ? text.padEnd(widths[column]) : text.padStart(widths[column])
  return lines.map((line) => line.map(pad).join('  ').trimEnd())
}

/** The same table for README. */
function asMarkdown({ columns, lines: [heads, ...lines] }) {
  const markdownRow = (texts) => `| ${texts.join(' | ')} |`
  const rule = `|${columns.map(({ isText }) => (isText ? ' --- ' : ' ---: ')).join('|')}|`
  return [markdownRow(heads), rule, ...lines.map(markdownRow)]
}

module.exports = { asMarkdown, asText, rowTable, targetTable }
