'use strict'

const { measureThreads } = require('./cpu')
const { Rivals } = require('./rivals')
const { summarize } = require('./summary')

/**
 * Measures a group: every row once in each round, so that what else the machine does falls on all of them alike.
 *
 * @param {import('../../js/setup/console').Console} console
 * @param {string} name
 * @param {{ title: string, start: (rivals: Rivals) => Promise<object[]> }} group
 * @param {{ rounds: number, seconds: number, warmUp: number }} options
 * @returns {Promise<import('./summary').Summary[]>}
 */
async function measureGroup(console, name, group, { rounds, seconds, warmUp }) {
  const step = console.step(`Measuring ${name}`)
  const rivals = new Rivals()
  try {
    step.progress('starting')
    const rows = await group.start(rivals)
    const measureOnce = async (row, forSeconds, when) => {
      step.progress(`${when}: ${row.name}${row.inFlight === undefined ? '' : `, ${row.inFlight} in flight`}`)
      const { result, nanoseconds } = await measureThreads(row.threads, () => row.load(forSeconds))
      return { ...result, nanoseconds }
    }
    for (const row of rows) if (!row.isFresh) await measureOnce(row, warmUp, 'warming up')
    const results = rows.map(() => [])
    for (let round = 1; round <= rounds; round++) {
      for (const [index, row] of rows.entries()) {
        results[index].push(await measureOnce(row, seconds, `round ${round} of ${rounds}`))
      }
    }
    step.done(`${rows.length} rows`)
    return rows.map((row, index) => summarize(row, name, results[index]))
  } catch (error) {
    step.failed()
    throw error
  } finally {
    await rivals.stop()
  }
}

module.exports = { measureGroup }
