'use strict'

const { run, which } = require('../../js/setup/child-processes')
const { SetupError } = require('../../js/setup/setup-error')
const { installPackages } = require('../../js/setup/system-packages')

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
 * @param {{ connections: number, seconds: number }} load
 * @returns {Promise<{ requests: number, seconds: number }>}
 */
async function askWithWrk(url, { connections, seconds }) {
  // One thread: the other core is the server's. Its time is in whole seconds.
  const args = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, url]
  const { code, lines } = await run('wrk', args)
  const output = lines.join('\n')
  const counted = /(\d+) requests in ([\d.]+)s/.exec(output)
  const wrong = /Non-2xx.*|Socket errors.*/.exec(output)
  if (code !== 0 || counted === null) throw new Error(`wrk ${args.join(' ')} failed:\n${output}`)
  if (wrong !== null) throw new Error(`${url} answered wrongly: ${wrong[0].trim()}`)
  return { requests: Number(counted[1]), seconds: Number(counted[2]) }
}

module.exports = { askWithWrk, provideWrk }
