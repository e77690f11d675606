'use strict'

/**
 * What came of a package in one setting.
 *
 * @typedef {object} Outcome
 * @property {boolean} isGood
 * @property {string} problem how it ended, or the last line of its traceback; empty when all is well.
 */

/**
 * The outcomes as Markdown: a row for each package, a column for each setting, then what failed and what was left out.
 *
 * @param {string[]} settings the columns.
 * @param {{ name: string, version: string, outcomes: Outcome[] }[]} rows
 * @param {string[]} absent packages that could not be installed.
 * @returns {string[]} the lines.
 */
function table(settings, rows, absent) {
  const row = (values) => `| ${values.join(' | ')} |`
  const lines = [row(['', ...settings]), row(['---', ...settings.map(() => '---')])]
  const problems = []
  for (const { name, version, outcomes } of rows) {
    lines.push(row([`${name} ${version}`, ...outcomes.map(({ isGood }) => isGood ? '✓' : '**✗**')]))
    outcomes.forEach(({ isGood, problem }, index) => {
      if (!isGood) problems.push(`- ${name}, ${settings[index]}: ${problem}`)
    })
  }
  if (problems.length > 0) lines.push('', 'What failed:', '', ...problems)
  if (absent.length > 0) lines.push('', `Not installed: ${absent.join(', ')}.`)
  return lines
}

module.exports = { table }
