'use strict'

const { run, which } = require('../../js/setup/child-processes')
const { SetupError } = require('../../js/setup/setup-error')
const { installPackages } = require('../../js/setup/system-packages')
const { HEADERS } = require('./flight')

/** The same headers as everywhere; wrk sets the host itself. */
const headerArguments = Object.entries(HEADERS).flatMap(([name, value]) =>
  name === 'host' ? [] : ['-H', `${name}: ${value}`]
)

/** Makes sure that wrk is there; installs Debian's when it may. */
async function provideWrk(console) {
  if (which('wrk') !== undefined) return
  const { reason } = await installPackages(console, ['wrk'])
  if (which('wrk') === undefined) {
    throw new SetupError('The benchmark needs wrk (Debian: wrk), which is not on PATH.', reason ? [reason] : [])
  }
}

/**
 * Asks a server for a page for a time.
 *
 * @param {string} url
 * @param {{ connections: number, seconds: number, script?: string[], countsFailures?: boolean }} load `script`: a file of
 *   Lua and its arguments; `countsFailures`: a server may fail.
 * @returns {Promise<{ requests: number, seconds: number, value: number, failures: number }>} `value`: ms that 99 of 100
 *   did not exceed; `failures`: answers other than 2xx and 3xx, and connections that failed in any way.
 */
async function askWithWrk(url, { connections, seconds, script: [file, ...args] = [], countsFailures = false }) {
  // One thread: the other core is the server's. Its time is in whole seconds.
  const options = [
    '-t1',
    '--latency',
    '--timeout',
    '10s',
    `-c${connections}`,
    `-d${Math.ceil(seconds)}s`,
    ...headerArguments,
  ]
  if (file !== undefined) options.push('-s', file)
  const { code, lines } = await run('wrk', [...options, url, '--', ...args])
  const output = lines.join('\n')
  const counted = /(\d+) requests in ([\d.]+)s/.exec(output)
  const wrong = output.match(/(?:Non-2xx|Socket errors).*/g) ?? []
  if (code !== 0 || counted === null) throw new Error(`wrk ${options.join(' ')} ${url} failed:\n${output}`)
  if (wrong.length > 0 && !countsFailures) throw new Error(`${url} answered wrongly: ${wrong.join('; ')}`)
  const failures = wrong.flatMap((line) => line.match(/\b\d+$|\d+(?=,)/g)).reduce((sum, each) => sum + Number(each), 0)
  return { requests: Number(counted[1]), seconds: Number(counted[2]), value: percentile99(output), failures }
}

const MILLISECONDS = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

function percentile99(output) {
  const [, number, unit] = /99%\s+([\d.]+)(us|ms|s|m)\b/.exec(output)
  return Number(number) * MILLISECONDS[unit]
}

module.exports = { askWithWrk, provideWrk }
