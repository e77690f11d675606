'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, mock, test } = require('node:test')
const { promisify } = require('node:util')
const { missing, prepare } = require('../frameworks/servers')
const { startNode, startUvicorn } = require('./sides')

const root = path.join(__dirname, '..', '..')
const docroot = path.join(root, 'Fixtures', 'grid')
const python = path.join(root, '.venv', 'bin', 'python')
const run = promisify(execFile)

/** How long a client may take, in ms: it has limits of its own that say more. */
const LIMIT = 120_000

let folder

/**
 * Makes a suite whose tests find an app of Fixtures/grid served by uvicorn and by node:http with `listener` and
 * `upgrade`.
 *
 * @param {object} app
 * @param {string} app.target `'module:attribute'` of Fixtures/grid.
 * @param {string[]} app.modules the Python modules that it needs.
 * @param {object} [app.uvicorn] settings of uvicorn.Config.
 * @param {object} [app.handler] options of our handler.
 * @param {string | false} [app.skip] why the tests cannot run, besides packages that `.venv` lacks.
 * @param {(urls: { uvicorn: string, node: string }) => void} makeTests adds tests and hooks; where the servers are is
 *   known as soon as those run.
 */
function describeBoth({ target, modules, uvicorn, handler, skip = false }, makeTests) {
  const lacking = missing(['uvicorn', 'websockets', ...modules])
  const reason = lacking !== '' ? `.venv lacks ${lacking}: npm test installs what the tests need` : skip
  describe(`${target}, used by clients`, { skip: reason }, () => {
    const servers = []
    const urls = {}

    before(async () => {
      const folder = journalFolder()
      // The apps fail on purpose, and the listener says so.
      mock.method(console, 'error', () => {})
      const starts = { uvicorn: [startUvicorn, uvicorn], node: [startNode, handler] }
      for (const [name, [start, options]] of Object.entries(starts)) {
        const server = await start(target, options, path.join(folder, `${name}.txt`))
        servers.push(server)
        urls[name] = `http://127.0.0.1:${server.port}`
      }
    })

    makeTests(urls)

    after(async () => {
      for (const server of servers) await server.stop()
      mock.restoreAll()
    })
  })
}

/** Makes the folder of journals and the one of files to serve, both until the end of this process. */
function journalFolder() {
  if (folder !== undefined) return folder
  const files = prepare()
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'))
  process.once('exit', () => {
    files.remove()
    fs.rmSync(folder, { recursive: true })
  })
  return folder
}

/**
 * Makes tests in which a client, written in Python with the library's own, talks to an app under both servers. What it
 * says to have seen must be the same.
 *
 * @param {object} app see `describeBoth`.
 * @param {string} client a file of Fixtures/grid: it gets `[url, ...values]` as JSON and prints JSON.
 * @param {Record<string, { values?: any[], check: (seen: any) => void }>} tests by title: `check` looks at what was seen
 *   of uvicorn, so that both do not merely fail alike.
 */
function compareClients(app, client, tests) {
  describeBoth(app, (urls) => {
    for (const [title, { values = [], check }] of Object.entries(tests)) {
      test(title, async () => {
        const [expected, got] = await Promise.all([urls.uvicorn, urls.node].map((url) => see(client, [url, ...values])))
        check(expected)
        assert.deepEqual(got, expected)
      })
    }
  })
}

/** Runs a client and returns what it has received. */
async function see(client, values) {
  const { stdout } = await run(python, [path.join(docroot, client), JSON.stringify(values)], { timeout: LIMIT })
  return JSON.parse(stdout)
}

module.exports = { compareClients, describeBoth }
