'use strict'

// Runs every test of this folder on both drivers, then ends processes in all ways, and prints the counts:
// node test/faults/run.js [rounds]

const fs = require('node:fs')
const path = require('node:path')
const { run } = require('node:test')
const { endAll } = require('./ends')

/** The runner's own environment would have the files report to it in its own way. */
delete process.env.NODE_TEST_CONTEXT

const FILES = fs.readdirSync(__dirname).filter((name) => name.endsWith('.test.js')).sort()

/**
 * Runs the tests of this folder on one driver, file by file.
 *
 * @param {'own' | 'node'} thread
 * @param {(line: string) => void} say
 * @returns {Promise<{ run: number, failed: number, known: number }>} `known`: tests that are marked as failing, and do.
 */
function runTests(thread, say) {
  process.env.PYTHON_NODE_THREAD = thread
  const counts = { run: 0, failed: 0, known: 0 }
  const files = FILES.map((name) => path.join(__dirname, name))
  const stream = run({ files, concurrency: false })
  const isFile = ({ name }) => name.endsWith('.test.js')
  stream.on('test:pass', (test) => {
    if (!isFile(test) && test.skip === undefined) counts.run++
  })
  stream.on('test:fail', (test) => {
    const { error } = test.details
    if (test.todo !== undefined) {
      counts.run++
      counts.known++
      say(`${thread}, known: ${test.name} (${test.todo})`)
    } else if (!isFile(test) || error.failureType === 'testCodeFailure') {
      counts.run++
      counts.failed++
      say(`${thread}, failed: ${test.name}\n${error.cause?.stack ?? error.cause ?? error}`)
    }
  })
  stream.resume()
  return new Promise((resolve, reject) => {
    stream.once('end', () => resolve(counts))
    stream.once('error', reject)
  })
}

async function main() {
  const total = { run: 0, failed: 0, known: 0 }
  for (const thread of ['own', 'node']) {
    const counts = await runTests(thread, console.log)
    console.log(`${thread}: ${counts.run} tests run, ${counts.failed} failed, ${counts.known} known to fail`)
    for (const name of Object.keys(total)) total[name] += counts[name]
  }
  const ends = await endAll(Number(process.argv[2] ?? 50), console.log)
  console.log(`ends: ${ends.run} processes run, ${ends.failed} failed`)
  const failed = total.failed + ends.failed
  console.log(`faults: ${total.run + ends.run} cases run, ${failed} failed, ${total.known} known to fail`)
  process.exitCode = failed === 0 ? 0 : 1
}

main()
