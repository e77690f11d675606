'use strict'

// Ends processes under load in every way, on both drivers, and prints how many have ended as they should:
// node test/faults/ends.js [rounds]

const { isDeepStrictEqual } = require('node:util')
const { run } = require('./support')

/** How many event loops there are, each of which runs the lifespan: one on Node's thread. */
const loopsOf = (thread) => thread === 'own' ? Number(process.env.PYTHON_NODE_LOOPS || 1) : 1

const SHUTDOWN = 'shutdown\n'
const ORDERLY = `ready\n${SHUTDOWN}atexit\n`
const ABRUPT = 'ready\natexit\n'
const KILLED = 'ready\n'

const sends = (signal) => (child) => child.kill(signal)

/** How each way of end.js ends: its code or signal, and its output. `then` runs when the process is ready. */
const ENDS = {
  exit: { status: 7, stdout: ABRUPT },
  'exit in a callback': { status: 8, stdout: ABRUPT },
  'exit when idle': { status: 9, stdout: ABRUPT },
  'uncaught exception': { status: 1, stdout: ABRUPT },
  'unhandled rejection': { status: 1, stdout: ABRUPT },
  SIGTERM: { signal: 'SIGTERM', stdout: KILLED, then: sends('SIGTERM') },
  SIGINT: { signal: 'SIGINT', stdout: KILLED, then: sends('SIGINT') },
  'SIGTERM heard': { status: 0, stdout: ORDERLY, then: sends('SIGTERM') },
  natural: { status: 0, stdout: ORDERLY },
  'close and exit': { status: 3, stdout: ORDERLY },
  'close during the load': { status: 0, stdout: ORDERLY },
  'stdin closed': { status: 0, stdout: ORDERLY, then: (child) => child.stdin.end() },
  'parent gone': { status: 0, stdout: ORDERLY, then: (child) => child.disconnect() },
}

/**
 * Ends one process.
 *
 * @param {string} way one of `ENDS`.
 * @param {'own' | 'node'} thread the driver.
 * @returns {Promise<{ isRight: boolean, expected: object, actual: object, stderr: string }>}
 */
async function end(way, thread) {
  const { status = null, signal = null, stdout, then } = ENDS[way]
  const { stderr, ...actual } = await run('end', [way], {
    env: { PYTHON_NODE_THREAD: thread },
    ipc: way === 'parent gone',
    onStart(child) {
      let text = ''
      const look = (chunk) => {
        text += chunk
        if (!text.includes('ready\n')) return
        child.stdout.off('data', look)
        then?.(child)
      }
      child.stdout.on('data', look)
    },
  })
  const shutdowns = SHUTDOWN.repeat(loopsOf(thread))
  const expected = { status, signal, stdout: stdout.replace(SHUTDOWN, shutdowns), late: false, left: false }
  return { isRight: isDeepStrictEqual(actual, expected), expected, actual, stderr }
}

/**
 * Ends processes in all ways on both drivers.
 *
 * @param {number} rounds how often each.
 * @param {(line: string) => void} say
 * @returns {Promise<{ run: number, failed: number }>}
 */
async function endAll(rounds, say) {
  const counts = { run: 0, failed: 0 }
  for (const thread of ['own', 'node']) {
    for (const way of Object.keys(ENDS)) {
      let failed = 0
      for (let round = 0; round < rounds; round++) {
        const { isRight, actual, stderr } = await end(way, thread)
        if (isRight) continue
        failed++
        say(`${thread}, ${way}: ${JSON.stringify(actual)}\n${stderr}`)
      }
      say(`${thread}, ${way}: ${rounds - failed} of ${rounds}`)
      counts.run += rounds
      counts.failed += failed
    }
  }
  return counts
}

async function main() {
  const { run, failed } = await endAll(Number(process.argv[2] ?? 50), console.log)
  console.log(`ends: ${run} run, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

module.exports = { ENDS, end, endAll }

if (require.main === module) main()
