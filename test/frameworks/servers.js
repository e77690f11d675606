'use strict'

const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { PythonHandler } = require('../..')
const { startUvicorn: serveWithUvicorn } = require('../uvicorn')

const root = path.join(__dirname, '..', '..')
const docroot = path.join(root, 'Fixtures', 'frameworks')
const python = path.join(root, '.venv', 'bin', 'python')

// Files that an app can serve. Their times are part of its answers, so they are constant.
const FILES = {
  'notes.txt': 'The quick brown fox jumps over the lazy dog.\n'.repeat(8),
  'empty.txt': '',
  'grüße ü.txt': 'Grüße aus Köln\n',
  'index.html': '<!doctype html><title>index</title>\n',
  'inner/index.html': '<!doctype html><title>inner</title>\n',
  'sheet.css': 'body { color: teal }\n',
  'large.bin': Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)),
}
const MODIFIED = new Date('2024-05-06T07:08:09Z')

/**
 * Names what `.venv` lacks, in words.
 *
 * @param {string[]} modules the Python modules that are needed
 * @returns {string} empty when all is there
 */
function missing(modules) {
  if (!fs.existsSync(python)) return 'Python'
  const code = [
    'import importlib.util, sys',
    'missing = [name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]',
    // The frameworks of the apps, and their requirements.
    "print(', '.join(missing + ['Python 3.10'] * (sys.version_info < (3, 10))))",
  ]
  return execFileSync(python, ['-c', code.join('\n'), ...modules], { encoding: 'utf8' }).trim()
}

/** Makes the folder of files, and the environment in which both servers run an app. */
function prepare() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'frameworks-'))
  for (const [name, content] of Object.entries(FILES)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
    fs.utimesSync(file, MODIFIED, MODIFIED)
  }
  process.env.FRAMEWORKS_FILES = folder
  // Sets have the same order in every process: frameworks write some of them into headers.
  process.env.PYTHONHASHSEED = '0'
  return { remove: () => fs.rmSync(folder, { recursive: true }) }
}

/** Serves an app with uvicorn: see startUvicorn. */
const startUvicorn = (target) => serveWithUvicorn(docroot, target, { force: true })

/**
 * Serves an app with node:http and the listener, in this process.
 *
 * @param {string} target `'module:attribute'`
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 */
async function startNode(target) {
  const handler = new PythonHandler(target, { docroot })
  // The apps fail on purpose after some responses.
  handler.on('error', () => {})
  await handler.ready()
  // Like uvicorn here, it closes no connection for being idle.
  const server = http.createServer({ keepAliveTimeout: 0 }, handler.listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    await handler.close()
  }
  return { port: server.address().port, stop }
}

module.exports = { missing, prepare, python, startNode, startUvicorn }
