'use strict'

const TITLES = {
  own: 'The event loop on a thread of its own',
  node: "The event loop on JavaScript's thread (`thread: 'node'`)",
}

/**
 * The matrix as Markdown: a table for each driver, then what failed.
 *
 * @param {{ thread: string, node: { version: string }, python: { version: string, loop: string },
 *   outcome: import('./cell').Outcome }[]} cells
 * @returns {string[]} the lines.
 */
function tables(cells) {
  const threads = unique(cells.map(({ thread }) => thread))
  return [
    ...threads.flatMap((thread) => table(thread, cells.filter((cell) => cell.thread === thread))),
    ...failures(cells),
  ]
}

function table(thread, cells) {
  const nodes = unique(cells.map(({ node }) => node.version))
  const pythons = unique(cells.map(({ python }) => python.version))
  const row = (values) => `| ${values.join(' | ')} |`
  const lines = [
    `**${TITLES[thread]}: tests passed / failed / skipped**`,
    '',
    row(['', ...nodes.map((version) => `Node ${version}`)]),
    row(['---', ...nodes.map(() => '---:')]),
  ]
  for (const version of pythons) {
    const ofRow = cells.filter(({ python }) => python.version === version)
    const texts = nodes.map((node) => textOf(ofRow.find((cell) => cell.node.version === node)))
    lines.push(row([`Python ${version}, ${thread === 'node' ? 'asyncio' : ofRow[0].python.loop}`, ...texts]))
  }
  return [...lines, '']
}

function textOf(cell) {
  const { passed, failed, skipped } = cell.outcome
  const text = `${passed} / ${failed} / ${skipped}`
  return failed > 0 ? `**${text}**` : text
}

function failures(cells) {
  const failed = cells.filter(({ outcome }) => outcome.failures.length > 0)
  if (failed.length === 0) return []
  const lines = failed.flatMap(({ thread, node, python, outcome }) =>
    outcome.failures.map((title) => `- Python ${python.version}, Node ${node.version}, \`${thread}\`: ${title}`)
  )
  return ['What failed:', '', ...lines, '']
}

const unique = (values) => [...new Set(values)]

module.exports = { tables }
