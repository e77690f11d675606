'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { interpreter } = require('../js/setup/virtual-environment')

const program = path.join(__dirname, '..', 'Fixtures', 'serve_with_uvicorn.py')

/**
 * Serves an app with uvicorn, in a process of its own that ends when this one does.
 *
 * @param {string} folder to import from.
 * @param {string} target `'module:attribute'`
 * @param {object} settings of uvicorn.Config; `force`: requests under way at the end are not waited for.
 * @param {object} [env] more variables.
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 */
async function startUvicorn(folder, target, settings, env = {}) {
  const child = spawn(interpreter, [program, folder, target, JSON.stringify(settings)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'close')
  let said = ''
  child.stderr.setEncoding('utf8')
  const port = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => reject(new Error(`uvicorn ended before it served:\n${said}`)))
    child.stderr.on('data', (text) => {
      said += text
      const found = /Uvicorn running on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)
      if (found !== null) resolve(Number(found[1]))
    })
  })
  const stop = async () => {
    child.stdin.end()
    await ended
  }
  return { port, stop }
}

module.exports = { startUvicorn }
